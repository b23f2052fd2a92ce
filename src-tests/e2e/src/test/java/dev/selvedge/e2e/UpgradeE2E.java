// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** HTTP/1.1 goes between proxies as HTTP/2, and neither end sees it. */
@E2E
final class UpgradeE2E {
    private final Kubectl kubectl;
    private final Lab lab;

    UpgradeE2E(Kubectl kubectl) {
        this.kubectl = kubectl;
        this.lab = new Lab(kubectl);
    }

    @AfterEach
    void removePolicies() {
        lab.removeTrafficPolicies();
    }

    @Test
    void every_version_and_websockets_arrive_as_they_were_spoken() {
        lab.awaitCaller("501", "get", "http://echo/status/501");
        assertThat(hopOf("/status/501")).isEqualTo("HTTP/1.1");

        upgrade("HTTP2");

        for (int port : new int[] {80, 180}) {
            assertThat(seen("get", "http://echo:" + port + "/").path("protocol").asText())
                    .isEqualTo("HTTP/1.1");
            assertThat(seen("get", "http://echo:" + port + "/", "--http2")
                            .path("protocol")
                            .asText())
                    .isEqualTo("HTTP/2.0");
            JsonNode last =
                    seen("websocket", "ws://echo:" + port + "/websocket", "--body", "message-", "--messages", "20");
            assertThat(last.path("body").asText()).isEqualTo("message-19");
        }
        assertThat(seen("grpc", "echo:90", "--body", "hello").path("body").asText())
                .isEqualTo("hello");
        assertThat(seen("get", "http://echo/").path("headers").toString().toLowerCase(java.util.Locale.ROOT))
                .doesNotContain("x-selvedge");
        lab.awaitCaller("502", "get", "http://echo/status/502");
        assertThat(hopOf("/status/502")).isEqualTo("HTTP/2");
    }

    @Test
    void a_change_fails_no_request() {
        try (var load = new PodLoad(lab)
                .with("load", "http://echo/", "--duration=3s", "--concurrency=2", "--interval=10ms")
                .with("load", "http://echo:180/", "--duration=3s", "--concurrency=2", "--interval=10ms")) {
            for (String version : new String[] {"HTTP2", "None", "HTTP2"}) {
                upgrade(version);
            }
            load.endWithoutFailure(10);
        }
    }

    /** What the application was told by a request that succeeds. */
    private JsonNode seen(String... arguments) {
        String[] all = java.util.Arrays.copyOf(arguments, arguments.length + 1);
        all[arguments.length] = "--print";
        JsonNode answer = lab.caller(all);
        assertThat(answer.path("failed").asInt()).as(answer.toString()).isZero();
        return answer.path("sample").path("body");
    }

    /** The version in which the server's proxy got a request, as its access log says of those that fail. */
    private String hopOf(String path) {
        return await("the log of " + path)
                .atMost(Duration.ofSeconds(30))
                .until(
                        () -> kubectl.run(
                                        "logs", "-n", Lab.NAMESPACE, "deploy/echo", "-c", "selvedge-proxy", "--tail=50")
                                .lines()
                                .filter(line -> line.contains("\"path\":\"" + path + "\""))
                                .reduce("", (_, last) -> last),
                        line -> !line.isEmpty())
                .replaceFirst(".*\"protocol\":\"([^\"]*)\".*", "$1");
    }

    private void upgrade(String version) {
        lab.trafficPolicy("connections: {upgrade: %s}".formatted(version));
    }
}
