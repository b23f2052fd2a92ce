// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two replicas of the operator: both serve, one writes. */
@E2E
final class ReplicasE2E {
    private static final String SYSTEM = "selvedge-system";
    private static final String POLICY = """
            apiVersion: selvedge.dev/v1alpha1
            kind: TrafficPolicy
            metadata: {namespace: shop, name: replicas}
            spec:
              targetRefs: [{kind: Service, name: reviews}]
              timeouts: {request: %ds}
            """;

    private final Kubectl kubectl;

    ReplicasE2E(Kubectl kubectl) {
        this.kubectl = kubectl;
    }

    @BeforeEach
    void everyReplicaServes() {
        kubectl.run("-n", SYSTEM, "rollout", "status", "deployment/selvedge", "--timeout=180s");
        await("two replicas are there")
                .atMost(Duration.ofSeconds(60))
                .until(() -> replicas().size() == 2 && replicas().contains(leader()));
        Shop.awaitCode(kubectl, Shop.REVIEWS, "200");
    }

    @AfterEach
    void removePolicy() {
        kubectl.delete(POLICY.formatted(1));
    }

    @Test
    void a_leader_that_is_killed_fails_no_request_and_the_other_tells_the_whole_truth() throws Exception {
        kubectl.apply(POLICY.formatted(10));
        Shop.awaitProgrammed(kubectl, "trafficpolicy", "replicas");
        String killed = leader();
        Process load = kubectl.start(
                "-n",
                Shop.NAMESPACE,
                "exec",
                "deploy/client",
                "--",
                "/usr/local/bin/sample",
                "client",
                "load",
                Shop.REVIEWS,
                "--duration=30s",
                "--concurrency=4",
                "--interval=20ms");

        kubectl.run("-n", SYSTEM, "delete", "pod", killed, "--grace-period=0", "--force");
        kubectl.apply(POLICY.formatted(20));

        await("another replica leads")
                .atMost(Duration.ofSeconds(60))
                .until(() -> !leader().equals(killed) && replicas().contains(leader()));
        await("every proxy of the mesh is connected and current")
                .atMost(Duration.ofSeconds(90))
                .untilAsserted(() -> {
                    Shop.awaitProgrammed(kubectl, "trafficpolicy", "replicas");
                    JsonNode proxies = kubectl.json("get", "meshes.selvedge.dev", "default")
                            .at("/status/proxies");
                    assertThat(proxies.path("connected").asInt()).isGreaterThanOrEqualTo(6);
                    assertThat(proxies.path("current").asInt())
                            .isEqualTo(proxies.path("connected").asInt())
                            .isEqualTo((int) total("selvedge_xds_proxies"));
                });
        JsonNode summary = end(load);
        assertThat(summary.path("requests").asInt()).isGreaterThan(500);
        assertThat(summary.path("failed").asInt()).as(summary.toString()).isZero();
    }

    @Test
    void leadership_that_is_lost_and_won_sends_nothing_to_any_proxy() {
        String before = leader();
        Map<String, Double> sent = perReplica("selvedge_xds_responses_total");
        assertThat(sent).hasSize(2);

        kubectl.run(
                "-n",
                SYSTEM,
                "patch",
                "lease",
                "selvedge-leader",
                "--type=merge",
                "-p",
                "{\"spec\":{\"holderIdentity\":\"somebody-else\"}}");

        await("a replica leads again").atMost(Duration.ofSeconds(60)).until(() -> replicas()
                .contains(leader()));
        await("it writes again").atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            assertThat(perReplica("selvedge_leader").values().stream()
                            .mapToDouble(Double::doubleValue)
                            .sum())
                    .isEqualTo(1);
        });
        assertThat(perReplica("selvedge_xds_responses_total"))
                .as("leader was %s, is %s", before, leader())
                .isEqualTo(sent);
    }

    private String leader() {
        return kubectl.json("get", "-n", SYSTEM, "lease", "selvedge-leader")
                .at("/spec/holderIdentity")
                .asText();
    }

    private List<String> replicas() {
        JsonNode pods = kubectl.json("get", "pods", "-n", SYSTEM, "-l", "app.kubernetes.io/component=operator");
        return StreamSupport.stream(pods.path("items").spliterator(), false)
                .filter(pod -> pod.at("/metadata/deletionTimestamp").isMissingNode())
                .filter(pod -> pod.at("/status/containerStatuses/0/ready").asBoolean())
                .map(pod -> pod.at("/metadata/name").asText())
                .toList();
    }

    /** The sum of a metric over its labels, for each replica. */
    private Map<String, Double> perReplica(String metric) {
        var values = new TreeMap<String, Double>();
        for (String pod : replicas()) {
            String text = kubectl.run(
                    "get", "--raw", "/api/v1/namespaces/%s/pods/%s:8080/proxy/q/metrics".formatted(SYSTEM, pod));
            values.put(
                    pod,
                    text.lines()
                            .filter(line -> line.matches(metric + "[{ ].*"))
                            .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                            .sum());
        }
        return values;
    }

    private double total(String metric) {
        return perReplica(metric).values().stream()
                .mapToDouble(Double::doubleValue)
                .sum();
    }

    private static JsonNode end(Process load) throws IOException, InterruptedException {
        assertThat(load.waitFor(120, TimeUnit.SECONDS)).isTrue();
        String out = new String(load.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return Kubectl.parse(out.substring(out.indexOf('{'), out.lastIndexOf('}') + 1));
    }
}
