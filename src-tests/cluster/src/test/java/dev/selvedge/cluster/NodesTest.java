// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Hashtable;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import javax.naming.Context;
import javax.naming.NamingException;
import javax.naming.directory.InitialDirContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Two nodes with a Deployment of a name server whose replicas answer with their own names: the only program that is in
 * the cluster anyway.
 */
@Tag("cluster")
class NodesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String NAME = "nodes-test-" + ProcessHandle.current().pid();

    private static LocalCluster cluster;
    private static KubernetesClient client;

    @BeforeAll
    static void start() {
        cluster = LocalCluster.start(NAME, 2);
        client = LocalClusterTest.client(cluster);
        client.load(NodesTest.class.getResourceAsStream("who.yaml")).create();
        client.apps()
                .deployments()
                .inNamespace("default")
                .withName("who")
                .waitUntilReady(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    @AfterAll
    static void stop() throws Exception {
        client.close();
        cluster.close();
        assertThat(Traces.of(NAME)).isEmpty();
    }

    @Test
    void replicasAreOnBothNodes() {
        assertThat(pods().stream().map(pod -> pod.getSpec().getNodeName())).containsExactlyInAnyOrder("node1", "node2");
        assertThat(client.nodes().list().getItems())
                .extracting(node -> node.getMetadata().getLabels().get("topology.kubernetes.io/zone"))
                .containsExactlyInAnyOrder("a", "b");
    }

    @Test
    void theMachineReachesEveryPod() throws Exception {
        for (var pod : pods()) {
            assertThat(ask(pod.getStatus().getPodIP(), "me.who.test", "TXT")).containsExactly(name(pod));
        }
    }

    @Test
    void aServiceAddressReachesEveryReplica() {
        var service = client.services().inNamespace("default").withName("who").get();
        var seen = new HashSet<String>();
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(20)).untilAsserted(() -> {
            for (var address : service.getSpec().getClusterIPs()) {
                seen.addAll(ask(address.contains(":") ? "[" + address + "]" : address, "me.who.test", "TXT"));
            }
            assertThat(seen).isEqualTo(names());
        });
    }

    @Test
    void aNodePortReachesAReplicaFromEveryNode() throws Exception {
        var port = client.services()
                .inNamespace("default")
                .withName("who")
                .get()
                .getSpec()
                .getPorts()
                .getFirst()
                .getNodePort();
        for (var node : client.nodes().list().getItems()) {
            var address = node.getStatus().getAddresses().getFirst().getAddress();
            assertThat(names()).containsAll(ask(address + ":" + port, "me.who.test", "TXT"));
        }
    }

    @Test
    void theClustersNamesResolve() throws Exception {
        var dns = client.services()
                .inNamespace("kube-system")
                .withName("kube-dns")
                .get();
        var who = client.services().inNamespace("default").withName("who").get();
        assertThat(ask(dns.getSpec().getClusterIP(), "who.default.svc.cluster.local", "A"))
                .containsExactly(who.getSpec().getClusterIP());
    }

    @Test
    void logsAndExecWork() throws Exception {
        var pod = pods().getFirst();
        assertThat(client.pods().resource(pod).getLog()).contains("CoreDNS-");

        var output = new ByteArrayOutputStream();
        try (var exec = client.pods()
                .resource(pod)
                .writingOutput(output)
                .writingError(output)
                .exec("/coredns", "-version")) {
            assertThat(exec.exitCode().get(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .isZero();
        }
        assertThat(output.toString(StandardCharsets.UTF_8)).contains("CoreDNS-");
    }

    @Test
    void portForwardWorks() throws Exception {
        try (var forward = client.pods().resource(pods().getFirst()).portForward(8080);
                var health = URI.create("http://localhost:" + forward.getLocalPort() + "/health")
                        .toURL()
                        .openStream()) {
            assertThat(new String(health.readAllBytes(), StandardCharsets.UTF_8))
                    .isEqualTo("OK");
        }
    }

    @Test
    void theGatewayApiIsInstalled() {
        assertThat(client.apiextensions()
                        .v1()
                        .customResourceDefinitions()
                        .withName("httproutes.gateway.networking.k8s.io")
                        .get())
                .isNotNull();
    }

    /** What the name server says; the questions are our own, so that the danger of JNDI does not apply. */
    @SuppressWarnings("BanJNDI")
    private static List<String> ask(String server, String name, String type) throws NamingException {
        var environment = new Hashtable<String, String>();
        environment.put(Context.INITIAL_CONTEXT_FACTORY, "com.sun.jndi.dns.DnsContextFactory");
        environment.put(Context.PROVIDER_URL, "dns://%s/".formatted(server));
        environment.put("com.sun.jndi.dns.timeout.initial", "1000");
        var context = new InitialDirContext(environment);
        try {
            var answers = context.getAttributes(name, new String[] {type}).get(type);
            var texts = new ArrayList<String>();
            for (var i = 0; i < answers.size(); i++) {
                texts.add(String.valueOf(answers.get(i)));
            }
            return texts;
        } finally {
            context.close();
        }
    }

    private static List<Pod> pods() {
        return client.pods()
                .inNamespace("default")
                .withLabel("app", "who")
                .list()
                .getItems();
    }

    private static String name(Pod pod) {
        return pod.getMetadata().getName();
    }

    private static Set<String> names() {
        return Set.copyOf(pods().stream().map(NodesTest::name).toList());
    }
}
