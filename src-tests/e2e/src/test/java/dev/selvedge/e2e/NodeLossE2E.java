// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.selvedge.cluster.Cluster;
import dev.selvedge.cluster.LocalCluster;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A node vanishes from one moment to the next, with the operator that leads and half of a Service on it: no packet says
 * that they are gone. Kubernetes calls the node dead after 50 seconds.
 */
@E2E
@Tag("soak")
final class NodeLossE2E {
    private static final String SYSTEM = "selvedge-system";

    /** Seconds: five of silence, ten of patience, five of a call that waits, and a busy machine. */
    private static final int FOUND_OUT = 25;

    private static final String SPREAD = """
            apiVersion: v1
            kind: Service
            metadata: {namespace: lab, name: spread}
            spec:
              selector: {app: spread}
              ports:
              - {name: web, port: 80, targetPort: 8080, appProtocol: http}
              - {name: calls, port: 81, targetPort: 8080, appProtocol: kubernetes.io/h2c}
            ---
            apiVersion: apps/v1
            kind: Deployment
            metadata: {namespace: lab, name: spread}
            spec:
              replicas: 2
              selector: {matchLabels: {app: spread}}
              template:
                metadata: {labels: {app: spread}}
                spec:
                  terminationGracePeriodSeconds: 2
                  topologySpreadConstraints:
                  - {maxSkew: 1, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: DoNotSchedule,
                     labelSelector: {matchLabels: {app: spread}}}
                  containers:
                  - name: app
                    image: selvedge.dev/sample:dev
                    imagePullPolicy: IfNotPresent
                    args: [serve, --drain=0s]
                    env: [{name: SERVICE_NAME, value: spread}]
                    readinessProbe: {httpGet: {path: /readyz, port: 8080}, periodSeconds: 1}
            ---
            apiVersion: apps/v1
            kind: Deployment
            metadata: {namespace: lab, name: survivor}
            spec:
              selector: {matchLabels: {app: survivor}}
              template:
                metadata: {labels: {app: survivor}}
                spec:
                  terminationGracePeriodSeconds: 2
                  nodeSelector: {kubernetes.io/hostname: %s}
                  containers:
                  - {name: app, image: "selvedge.dev/sample:dev", imagePullPolicy: IfNotPresent, args: [idle]}
            ---
            apiVersion: selvedge.dev/v1alpha1
            kind: TrafficPolicy
            metadata: {namespace: lab, name: spread}
            spec:
              targetRefs: [{kind: Service, name: spread}]
              loadBalancing: {algorithm: RoundRobin}
            """;

    private final Kubectl kubectl;
    private final LocalCluster cluster;
    private String lost = "";
    private String left = "";

    NodeLossE2E(Kubectl kubectl, Cluster cluster) {
        this.kubectl = kubectl;
        assumeTrue(cluster instanceof LocalCluster, "only a node of the local cluster can be unplugged");
        this.cluster = (LocalCluster) cluster;
    }

    /** What came of the calls that began at that time after the loss. */
    private record Run(long seconds, int requests, int failed, String errors) {}

    @BeforeEach
    void halfOfEverythingIsOnTheNode() {
        // There is one name server: the node without it is lost, since names are not what this is about.
        left = nodeOf("kube-system", "k8s-app=kube-dns").getFirst();
        lost = left.equals("node1") ? "node2" : "node1";
        kubectl.apply(SPREAD.formatted(left));
        for (String deployment : List.of("spread", "survivor")) {
            kubectl.run("-n", Lab.NAMESPACE, "rollout", "status", "deployment/" + deployment, "--timeout=120s");
        }
        kubectl.run("-n", SYSTEM, "rollout", "status", "deployment/selvedge", "--timeout=180s");
        Shop.awaitProgrammed(kubectl, Lab.NAMESPACE, "trafficpolicy", "spread");
        assertThat(nodeOf(Lab.NAMESPACE, "app=spread")).containsExactlyInAnyOrder("node1", "node2");
        letTheLeaderBeOn(lost);
    }

    @AfterEach
    void bringItBack() {
        if (!lost.isEmpty()) {
            cluster.reconnect(lost);
            kubectl.run("wait", "--for=condition=Ready", "node", "--all", "--timeout=120s");
            kubectl.delete(SPREAD.formatted(left));
            kubectl.run("-n", SYSTEM, "rollout", "status", "deployment/selvedge", "--timeout=180s");
        }
    }

    @Test
    void the_other_goes_on_and_what_was_on_it_is_no_longer_counted() throws Exception {
        int all = connected();
        String leader = leader();
        call("http://spread/", "--count=20");
        call("http://spread:81/", "--http2", "--count=20");
        var ended = new AtomicBoolean();
        CompletableFuture<List<Run>> http1 = load(ended, "http://spread/");
        CompletableFuture<List<Run>> http2 = load(ended, "http://spread:81/", "--http2");

        Instant gone = Instant.now();
        cluster.disconnect(lost);

        within(
                60,
                "another replica leads",
                () -> !leader().equals(leader) && operatorsOn(left).contains(leader()));
        report(gone, "another replica leads");
        within(100, "the endpoint on it has left", () -> ready("spread") == 1);
        report(gone, "the endpoint on it has left");
        int here = proxiesOn(left);
        assertThat(here).isLessThan(all);
        within(120, "only the proxies that are left are connected", () -> connected() == here);
        report(gone, "only the proxies that are left are connected");
        kubectl.apply(SPREAD.formatted(left).replace("RoundRobin", "LeastRequest"));
        within(
                30,
                "a change reaches those who are left",
                () -> call("http://spread/", "--count=50", "--timeout=2s")
                                .path("failed")
                                .asInt()
                        == 0);
        ended.set(true);
        assertFoundOut("HTTP/1.1", http1.join());
        assertFoundOut("HTTP/2", http2.join());

        cluster.reconnect(lost);
        within(120, "everybody is back", () -> connected() == all);
    }

    /** A call on a connection to the node waits for an answer; connections are made again at the endpoint that is left. */
    private static void assertFoundOut(String protocol, List<Run> runs) {
        runs.forEach(run -> System.out.println(protocol + " " + run));
        assertThat(runs).as(protocol).hasSizeGreaterThan(5);
        assertThat(runs.stream().filter(run -> run.seconds() > FOUND_OUT))
                .as("%s, once dead connections were found out", protocol)
                .allMatch(run -> run.requests() > 0 && run.failed() == 0);
    }

    private static void report(Instant since, String what) {
        System.out.println(Duration.between(since, Instant.now()).toSeconds() + " s: " + what);
    }

    /** Calls that give up after five seconds, run after run. */
    private CompletableFuture<List<Run>> load(AtomicBoolean ended, String... arguments) {
        List<String> all = new ArrayList<>(List.of("load"));
        all.addAll(List.of(arguments));
        all.addAll(List.of("--duration=5s", "--concurrency=4", "--interval=25ms", "--timeout=5s"));
        Instant began = Instant.now();
        return CompletableFuture.supplyAsync(
                () -> {
                    var runs = new ArrayList<Run>();
                    while (!ended.get()) {
                        long second = Duration.between(began, Instant.now()).toSeconds();
                        JsonNode summary = client(all.toArray(String[]::new));
                        runs.add(new Run(
                                second,
                                summary.path("requests").asInt(),
                                summary.path("failed").asInt(),
                                summary.path("codes").toString()
                                        + summary.path("errors")
                                        + summary.path("latencyMillis")));
                    }
                    return runs;
                },
                Thread::startVirtualThread);
    }

    private JsonNode call(String... arguments) {
        List<String> all = new ArrayList<>(List.of("get"));
        all.addAll(List.of(arguments));
        return client(all.toArray(String[]::new));
    }

    private JsonNode client(String... arguments) {
        List<String> all = new ArrayList<>(List.of("client"));
        all.addAll(List.of(arguments));
        return kubectl.client(Lab.NAMESPACE, "survivor", all.toArray(String[]::new));
    }

    private interface Question {
        boolean isSo();
    }

    private static void within(int seconds, String what, Question question) {
        await(what)
                .atMost(Duration.ofSeconds(seconds))
                .pollInterval(Duration.ofMillis(500))
                .until(question::isSo);
    }

    private void letTheLeaderBeOn(String node) {
        within(120, "the leader is on " + node, () -> {
            String leader = leader();
            if (operatorsOn(node).contains(leader)) {
                return true;
            }
            if (!operatorsOn(node).isEmpty() && operatorsOn(left).contains(leader)) {
                kubectl.run("-n", SYSTEM, "delete", "pod", leader, "--wait=false");
            }
            return false;
        });
        kubectl.run("-n", SYSTEM, "rollout", "status", "deployment/selvedge", "--timeout=180s");
        assertThat(operatorsOn(left)).as("an operator on the node that is left").isNotEmpty();
    }

    private String leader() {
        return kubectl.json("get", "-n", SYSTEM, "lease", "selvedge-leader")
                .at("/spec/holderIdentity")
                .asText();
    }

    private List<String> operatorsOn(String node) {
        return StreamSupport.stream(
                        pods(SYSTEM, "app.kubernetes.io/component=operator").spliterator(), false)
                .filter(pod -> pod.at("/spec/nodeName").asText().equals(node))
                .filter(pod -> pod.at("/metadata/deletionTimestamp").isMissingNode())
                .filter(pod -> pod.at("/status/containerStatuses/0/ready").asBoolean())
                .map(pod -> pod.at("/metadata/name").asText())
                .toList();
    }

    private List<String> nodeOf(String namespace, String label) {
        return StreamSupport.stream(pods(namespace, label).spliterator(), false)
                .map(pod -> pod.at("/spec/nodeName").asText())
                .toList();
    }

    private JsonNode pods(String namespace, String label) {
        return kubectl.json("get", "pods", "-n", namespace, "-l", label).path("items");
    }

    /** Pods with a sidecar, and gateways. */
    private int proxiesOn(String node) {
        JsonNode items = kubectl.json(
                        "get", "pods", "-A", "-l", "selvedge.dev/proxy", "--field-selector=spec.nodeName=" + node)
                .path("items");
        return items.size();
    }

    private int ready(String service) {
        JsonNode slices = kubectl.json(
                        "get", "endpointslices", "-n", Lab.NAMESPACE, "-l", "kubernetes.io/service-name=" + service)
                .path("items");
        return (int) StreamSupport.stream(slices.spliterator(), false)
                .filter(slice -> slice.path("addressType").asText().equals("IPv4"))
                .flatMap(slice -> StreamSupport.stream(slice.path("endpoints").spliterator(), false))
                .filter(endpoint -> endpoint.at("/conditions/ready").asBoolean())
                .count();
    }

    private int connected() {
        return kubectl.json("get", "meshes.selvedge.dev", "default")
                .at("/status/proxies/connected")
                .asInt();
    }
}
