// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.selvedge.cluster.Cluster;
import dev.selvedge.cluster.LocalCluster;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * One trust anchor follows another, or is taken back, while requests go through two proxies and the leading operator is
 * killed in each stage.
 */
@E2E
@Tag("soak")
final class TrustE2E {
    private static final String SYSTEM = "selvedge-system";
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    /** They tell by their logs: who called through the API server would hang with it. */
    private static final String CALLERS =
            caller("stream", "tcp-stream, 'echo:91', hello, --messages=1000, --interval=200ms, --timeout=300s")
                    + caller("connections", "tcp, 'echo:91', hello, --count=0, --duration=200s, --interval=500ms");

    private final Kubectl kubectl;
    private final Cluster cluster;
    private final Lab lab;
    private String anchor = "";

    TrustE2E(Kubectl kubectl, Cluster cluster) {
        this.kubectl = kubectl;
        this.cluster = cluster;
        this.lab = new Lab(kubectl);
    }

    @BeforeEach
    void everybodyIsThere() {
        kubectl.run("-n", SYSTEM, "rollout", "status", "deployment/selvedge", "--timeout=180s");
        rotation("drain: 10s, waitForAbsent: 60s");
        awaitTrust("it is stable", trust -> stage(trust).equals("Stable"));
        lab.awaitCaller("200", "get", "http://echo/");
        anchor = trust().at("/anchors/0/fingerprint").asText();
    }

    @AfterEach
    void goBackToTheSample() {
        kubectl.run(
                "apply", "--server-side", "--force-conflicts", "--field-manager=e2e", "-f", "config/samples/mesh.yaml");
    }

    @Test
    void a_new_anchor_fails_no_request_though_the_operator_dies_in_each_stage() {
        String token = UUID.randomUUID().toString();
        try (PodLoad load = load()) {
            rotation("drain: 10s, waitForAbsent: 60s, requested: " + token);
            awaitTrust("distributing", trust -> stage(trust).equals("Distributing"));
            killTheLeader();
            // With so few proxies this one can be over at once.
            awaitTrust("switching", trust -> List.of("Switching", "Retiring").contains(stage(trust)));
            killTheLeader();
            awaitTrust("retiring", trust -> stage(trust).equals("Retiring"));
            killTheLeader();
            awaitTrust("it is over", trust -> stage(trust).equals("Stable"));
            load.endWithoutFailure(100);
        }

        assertThat(trust().path("requested").asText()).isEqualTo(token);
        assertThat(trust().at("/history/0/outcome").asText()).isEqualTo("Completed");
        assertThat(trust().at("/history/0/reason").asText()).isEqualTo("Requested");
        assertThat(trust().path("anchors")).hasSize(1);
        assertThat(trust().at("/anchors/0/fingerprint").asText()).isNotEqualTo(anchor);
        assertThat(kubectl.run("get", "meshes.selvedge.dev")).contains("Stable");
    }

    @Test
    void a_rotation_that_has_switched_is_taken_back_and_fails_no_request() {
        String request = "drain: 10s, waitForAbsent: 60s, requested: " + UUID.randomUUID();
        try (PodLoad load = load()) {
            rotation(request);
            awaitTrust(
                    "the Job is about to switch",
                    trust -> trust.at("/waitingFor/message").asText().contains("step switch"));
            rotation(request + ", state: Paused");
            awaitTrust(
                    "it has switched",
                    trust -> stage(trust).equals("Switching")
                            && trust.at("/waitingFor/message").asText().contains("Paused"));
            killTheLeader();

            rotation(request + ", state: RollBack");
            awaitTrust("it goes back", trust -> stage(trust).equals("RollingBack"));
            killTheLeader();
            awaitTrust("it is back", trust -> stage(trust).equals("Stable"));
            load.endWithoutFailure(100);
        }

        assertThat(trust().at("/history/0/outcome").asText()).isEqualTo("RolledBack");
        assertThat(trust().path("anchors")).hasSize(1);
        assertThat(trust().at("/anchors/0/fingerprint").asText()).isEqualTo(anchor);
    }

    @Test
    void an_issuer_of_ones_own_its_next_anchor_another_trust_domain_and_the_way_back_fail_no_request(
            @TempDir Path folder) {
        try (PodLoad load = load()) {
            kubectl.apply(new OwnAuthority(folder, "first").secret());
            identity("issuer: {source: Secret}");
            awaitHistory("the first issuer of one's own", "Provided");
            String first = trust().at("/anchors/0/fingerprint").asText();

            kubectl.apply(new OwnAuthority(folder, "second").secret());
            awaitTrust(
                    "its next anchor",
                    trust -> isOver(trust, "Provided") && !anchors(trust).contains(first));

            mesh("trustDomain: moved.example, trustDomainAliases: [cluster.local], "
                    + identityOf("issuer: {source: Secret}"));
            awaitHistory("the other trust domain", "TrustDomain");
            assertThat(trust().path("trustDomains")).hasSize(1);
            assertThat(trust().at("/trustDomains/0").asText()).isEqualTo("moved.example");

            mesh("trustDomain: cluster.local, trustDomainAliases: [moved.example], "
                    + identityOf("issuer: {source: Managed}"));
            awaitTrust(
                    "the way back",
                    trust -> isOver(trust, "TrustDomain")
                            && trust.at("/trustDomains/0").asText().equals("cluster.local"));
            load.endWithoutFailure(30);
        }
        mesh("trustDomain: cluster.local, trustDomainAliases: [], " + identityOf("issuer: {source: Managed}"));
    }

    @Test
    void an_issuer_that_ends_while_the_api_server_hangs_stops_new_connections_alone_until_it_is_back() {
        assumeTrue(cluster instanceof LocalCluster, "only the API server of the local cluster can be frozen");
        var local = (LocalCluster) cluster;
        kubectl.apply(CALLERS);
        try {
            kubectl.run(
                    "-n",
                    Lab.NAMESPACE,
                    "wait",
                    "--for=condition=Ready",
                    "pod/stream",
                    "pod/connections",
                    "--timeout=60s");
            identity("workload: {lifetime: 60s}, intermediate: {lifetime: 100s, renewBefore: 20s}");
            kubectl.run("-n", SYSTEM, "delete", "secret", "selvedge-issuer");
            awaitTrust("an issuer of 100 seconds", trust -> issuerEnd(trust)
                    .filter(Instant.now().plusSeconds(110)::isAfter)
                    .isPresent());
            awaitTrust("certificates under it", trust -> Instant.parse(
                            trust.path("oldestWorkloadNotAfter").asText())
                    .isBefore(Instant.now().plusSeconds(70)));
            Instant end = issuerEnd(trust()).orElseThrow();

            local.freeze("kube-apiserver");
            try {
                await("the issuer ends").atMost(Duration.ofSeconds(150)).until(() -> Instant.now()
                        .isAfter(end.plusSeconds(15)));
            } finally {
                local.thaw("kube-apiserver");
            }

            Kubectl.await(
                    "another issuer",
                    () -> issuerEnd(trust()).filter(Instant.now()::isBefore).isPresent());
            lab.awaitCaller("200", "get", "http://echo/");
            JsonNode stream = summaryOf("stream");
            assertThat(stream.path("failed").asInt()).as("%s", stream).isZero();
            JsonNode connections = summaryOf("connections");
            assertThat(connections.path("failed").asInt())
                    .as("those after the end: %s", connections)
                    .isBetween(1, connections.path("requests").asInt() - 1);
        } finally {
            kubectl.delete(CALLERS);
        }
    }

    private static String caller(String name, String arguments) {
        return """
                ---
                apiVersion: v1
                kind: Pod
                metadata: {namespace: lab, name: %s}
                spec:
                  restartPolicy: Never
                  containers:
                  - name: app
                    image: selvedge.dev/sample:dev
                    imagePullPolicy: IfNotPresent
                    args: [client, %s]
                """.formatted(name, arguments);
    }

    /** Empty while there is none. */
    private static Optional<Instant> issuerEnd(JsonNode trust) {
        return Optional.of(trust.at("/issuer/notAfter").asText())
                .filter(text -> !text.isEmpty())
                .map(Instant::parse);
    }

    /** What a caller that has ended has to tell. */
    private JsonNode summaryOf(String pod) {
        await(pod)
                .atMost(Duration.ofMinutes(4))
                .pollInterval(Duration.ofSeconds(1))
                .until(() -> List.of("Succeeded", "Failed")
                        .contains(kubectl.json("-n", Lab.NAMESPACE, "get", "pod", pod)
                                .at("/status/phase")
                                .asText()));
        return Kubectl.parse(kubectl.run("-n", Lab.NAMESPACE, "logs", pod, "-c", "app"));
    }

    private void awaitHistory(String what, String reason) {
        awaitTrust(what, trust -> isOver(trust, reason));
    }

    private static boolean isOver(JsonNode trust, String reason) {
        return stage(trust).equals("Stable")
                && trust.at("/history/0/reason").asText().equals(reason)
                && trust.at("/history/0/outcome").asText().equals("Completed");
    }

    private static String anchors(JsonNode trust) {
        return trust.path("anchors").toString();
    }

    private void identity(String fields) {
        mesh(identityOf(fields));
    }

    private static String identityOf(String fields) {
        return "identity: {" + fields + ", rotation: {drain: 10s, waitForAbsent: 60s}}";
    }

    private void mesh(String fields) {
        kubectl.apply("""
                apiVersion: selvedge.dev/v1alpha1
                kind: Mesh
                metadata: {name: default}
                spec: {%s}
                """.formatted(fields));
    }

    /** About 200 requests a second. Those on TCP make a connection each, so that trust is asked for all the time. */
    private PodLoad load() {
        return new PodLoad(lab)
                .with("load", "http://echo/", "--duration=5s", "--concurrency=4", "--interval=6ms")
                .with("load", "http://echo:81/", "--http2", "--duration=5s", "--concurrency=4", "--interval=6ms")
                .with("tcp", "echo:91", "hello", "--count=0", "--duration=5s", "--interval=50ms")
                .with("tcp-stream", "echo:91", "hello", "--messages=300", "--interval=200ms", "--timeout=120s");
    }

    private void rotation(String fields) {
        mesh("identity: {rotation: {" + fields + "}}");
    }

    private void killTheLeader() {
        String leader = kubectl.json("get", "-n", SYSTEM, "lease", "selvedge-leader")
                .at("/spec/holderIdentity")
                .asText();
        kubectl.run("-n", SYSTEM, "delete", "pod", leader, "--grace-period=0", "--force", "--ignore-not-found");
    }

    private JsonNode trust() {
        return kubectl.json("get", "meshes.selvedge.dev", "default").at("/status/trust");
    }

    private static String stage(JsonNode trust) {
        return trust.path("stage").asText();
    }

    private void awaitTrust(String what, Predicate<JsonNode> condition) {
        await(what).atMost(PATIENCE).pollInterval(Duration.ofMillis(200)).untilAsserted(() -> {
            JsonNode trust = trust();
            assertThat(condition.test(trust)).as("%s: %s", what, trust).isTrue();
        });
    }
}
