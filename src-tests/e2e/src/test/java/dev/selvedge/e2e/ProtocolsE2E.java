// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What applications speak arrives as it was spoken, whether the port declares it or not. */
@E2E
final class ProtocolsE2E {
    private static final String CALLER = ";URI=spiffe://cluster.local/ns/lab/sa/caller";

    private final Lab lab;

    ProtocolsE2E(Kubectl kubectl) {
        lab = new Lab(kubectl);
    }

    @ParameterizedTest
    @CsvSource({
        "80, false, HTTP/1.1",
        "80, true, HTTP/2.0",
        "81, true, HTTP/2.0",
        "180, false, HTTP/1.1",
        "180, true, HTTP/2.0"
    })
    void http_keeps_its_version(int port, boolean http2, String version) {
        JsonNode answer = lab.caller("get", "http://echo:" + port + "/", "--http2=" + http2, "--count", "5", "--print");

        assertThat(answer.path("codes").path("200").asInt())
                .as(answer.toString())
                .isEqualTo(5);
        JsonNode seen = answer.path("sample").path("body");
        assertThat(seen.path("protocol").asText()).isEqualTo(version);
        assertThat(callerOf(seen)).endsWith(CALLER);
    }

    @ParameterizedTest
    @ValueSource(ints = {90, 190})
    void grpc_calls_and_streams(int port) {
        JsonNode call = lab.caller("grpc", "echo:" + port, "--body", "hello", "--print");
        JsonNode stream = lab.caller("grpc-stream", "echo:" + port, "--body", "hello", "--messages", "20", "--print");

        for (JsonNode answer : new JsonNode[] {call, stream}) {
            assertThat(answer.path("codes").path("OK").asInt())
                    .as(answer.toString())
                    .isEqualTo(1);
            JsonNode seen = answer.path("sample").path("body");
            assertThat(seen.path("body").asText()).isEqualTo("hello");
            assertThat(callerOf(seen)).endsWith(CALLER);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {80, 82, 180})
    void a_websocket_stays_open_for_messages_both_ways(int port) {
        JsonNode answer = lab.caller(
                "websocket", "ws://echo:" + port + "/websocket", "--body", "message-", "--messages", "20", "--print");

        assertThat(answer.path("codes").path("101").asInt())
                .as(answer.toString())
                .isEqualTo(1);
        JsonNode seen = answer.path("sample").path("body");
        assertThat(seen.path("body").asText()).isEqualTo("message-19");
        assertThat(callerOf(seen)).endsWith(CALLER);
    }

    @ParameterizedTest
    @ValueSource(ints = {91, 191})
    void a_client_speaks_first(int port) {
        JsonNode answer = lab.caller("tcp", "echo:" + port, "hello", "--count", "5", "--print");

        assertThat(answer.path("codes").path("OK").asInt())
                .as(answer.toString())
                .isEqualTo(5);
        assertThat(answer.path("sample").path("body").path("line").asText()).isEqualTo("hello");
    }

    /** Also its answer: the server sees the pod that asks. */
    @Test
    void udp_passes_the_proxies_by() {
        JsonNode answer = lab.caller("udp", "echo:93", "hello", "--count", "5", "--print");

        assertThat(answer.path("codes").path("OK").asInt())
                .as(answer.toString())
                .isEqualTo(5);
        JsonNode seen = answer.path("sample").path("body");
        assertThat(seen.path("line").asText()).isEqualTo("hello");
        assertThat(lab.podAddresses("caller"))
                .anySatisfy(address -> assertThat(seen.path("remote").asText()).contains(address));
    }

    @ParameterizedTest
    @ValueSource(ints = {92, 192})
    void a_server_speaks_first_and_at_once_where_the_port_says_tcp(int port) {
        JsonNode first = lab.caller("server-first", "echo:" + port, "--print");
        JsonNode next = lab.caller("server-first", "echo:" + port, "--count", "5");

        assertThat(first.path("sample").path("body").path("service").asText())
                .as(first.toString())
                .isEqualTo("echo");
        assertThat(next.path("codes").path("OK").asInt()).as(next.toString()).isEqualTo(5);
        // Where nothing is declared the proxy waits a second for a client that may speak HTTP.
        double fastest = next.path("latencyMillis").path("p50").asDouble();
        if (port == 92) {
            assertThat(fastest).isLessThan(500);
        } else {
            assertThat(fastest).isBetween(900.0, 2500.0);
        }
    }

    @ParameterizedTest
    @CsvSource({"443, false, HTTP/1.1", "443, true, HTTP/2.0", "1443, false, HTTP/1.1", "1443, true, HTTP/2.0"})
    void tls_of_the_application_passes_through(int port, boolean http2, String version) {
        JsonNode answer =
                lab.caller("get", "https://echo:" + port + "/", "--http2=" + http2, "--count", "5", "--print");

        assertThat(answer.path("codes").path("200").asInt())
                .as(answer.toString())
                .isEqualTo(5);
        // The server's own certificate, and nothing that a proxy would have added inside of the encryption.
        assertThat(answer.path("sample").path("certificate").asText()).isEqualTo("echo");
        JsonNode seen = answer.path("sample").path("body");
        assertThat(seen.path("protocol").asText()).isEqualTo(version);
        assertThat(seen.path("headers").has("x-forwarded-client-cert")).isFalse();
    }

    private static String callerOf(JsonNode seen) {
        return seen.path("headers").path("x-forwarded-client-cert").asText();
    }
}
