// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.trafficpolicy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.selvedge.api.v1alpha1.TrafficPolicy;
import dev.selvedge.api.v1alpha1.TrafficPolicyStatus;
import dev.selvedge.compiler.snapshot.Kind;
import dev.selvedge.compiler.snapshot.ObjectRef;
import dev.selvedge.reconciler.leadership.SwitchedLeadership;
import dev.selvedge.reconciler.status.ChangingState;
import dev.selvedge.testing.ApiServer;
import dev.selvedge.testing.Kubectl;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBindingBuilder;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBuilder;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.javaoperatorsdk.operator.Operator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** How often a status is written, and what comes of writes that fail. */
@Tag("cluster")
@ExtendWith(ApiServer.class)
class StatusWritesTest {
    private static final String NAME = "reviews";

    private final String namespace = "status-" + UUID.randomUUID().toString().substring(0, 8);
    private final ObjectRef policy = ObjectRef.of(Kind.TRAFFIC_POLICY, namespace, NAME);
    private final KubernetesClient client;
    private final Kubectl kubectl;
    private final ChangingState state = new ChangingState();
    private final SwitchedLeadership leadership = new SwitchedLeadership();
    private Optional<Operator> operator = Optional.empty();

    @TempDir
    private Path folder;

    StatusWritesTest(KubernetesClient client, Kubectl kubectl) {
        this.client = client;
        this.kubectl = kubectl;
    }

    @BeforeEach
    void createNamespace() {
        client.resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(namespace)
                        .endMetadata()
                        .build())
                .create();
    }

    @AfterEach
    void stop() {
        operator.ifPresent(Operator::stop);
        client.resources(TrafficPolicy.class).inNamespace(namespace).delete();
    }

    private void start(KubernetesClient with) {
        var started = new Operator(o -> o.withKubernetesClient(with).withCloseClientOnStop(false));
        started.register(new TrafficPolicyReconciler(state, leadership, Clock.systemUTC()));
        started.start();
        operator = Optional.of(started);
    }

    @Test
    void aBurstOfNumbersIsWrittenNowAndThenAndTheLastStays() throws IOException {
        start(ApiServer.as(client, "selvedge"));
        createPolicy();
        state.accepted(policy, 1);
        var writes = new CopyOnWriteArrayList<Instant>();
        try (var informer = client.resources(TrafficPolicy.class)
                .inNamespace(namespace)
                .inform(new ResourceEventHandler<>() {
                    @Override
                    public void onAdd(TrafficPolicy added) {}

                    @Override
                    public void onUpdate(TrafficPolicy before, TrafficPolicy after) {
                        writes.add(Instant.now());
                    }

                    @Override
                    public void onDelete(TrafficPolicy deleted, boolean unknown) {}
                })) {
            var begin = Instant.now();
            var told = new int[1];
            await().pollInterval(Duration.ofMillis(10)).until(() -> {
                state.delivered(policy, 1, ++told[0], 1000);
                return Duration.between(begin, Instant.now()).toSeconds() >= 4;
            });

            await().until(() -> summary().equals(told[0] + "/1000"));
            await().until(() -> !writes.isEmpty());
            assertThat(told[0]).isGreaterThan(20);
            long seconds = Duration.between(begin, Instant.now()).toSeconds();
            // The first answer, and then numbers alone.
            assertThat(writes.size()).isBetween(2, (int) seconds / 5 + 3);
        }
    }

    @Test
    void theFirstAnswerOfTheCompilerIsThereWithoutAPause() throws IOException {
        start(ApiServer.as(client, "selvedge"));
        createPolicy();
        state.accepted(policy, 1);

        await().atMost(Duration.ofMillis(800)).until(() -> status().observedGeneration() == 1);
    }

    @Test
    void aGenerationThatIsNotCompiledIsToldAfterAMoment() throws IOException {
        start(ApiServer.as(client, "selvedge"));
        createPolicy();

        await().until(() -> status().observedGeneration() == 1);
        assertThat(status().conditions())
                .allSatisfy(condition -> assertThat(condition.reason()).isEqualTo("Pending"));
    }

    @Test
    void nothingIsWrittenWhenNothingChanged() throws IOException {
        start(ApiServer.as(client, "selvedge"));
        createPolicy();
        state.accepted(policy, 1);
        state.delivered(policy, 1, 3, 3);
        await().until(() -> summary().equals("3/3"));
        var version = get().getMetadata().getResourceVersion();

        // Each of these reconciles, and another policy's status shows that the reconciler has come that far.
        state.delivered(policy, 1, 3, 3);
        var other = ObjectRef.of(Kind.TRAFFIC_POLICY, namespace, "other");
        createPolicy("other");
        state.accepted(other, 1);
        await().until(() -> status("other").observedGeneration() == 1);
        assertThat(get().getMetadata().getResourceVersion()).isEqualTo(version);
    }

    @Test
    void aPolicyThatIsGoneStaysGoneAndItsSuccessorIsServed() throws IOException {
        start(ApiServer.as(client, "selvedge"));
        createPolicy();
        state.accepted(policy, 1);
        await().until(() -> status().observedGeneration() == 1);

        client.resource(get()).delete();
        state.delivered(policy, 1, 1, 2);
        createPolicy("other");
        state.accepted(ObjectRef.of(Kind.TRAFFIC_POLICY, namespace, "other"), 1);
        await().until(() -> status("other").observedGeneration() == 1);
        assertThat(client.resources(TrafficPolicy.class)
                        .inNamespace(namespace)
                        .withName(NAME)
                        .get())
                .isNull();

        createPolicy();
        await().until(() -> summary().equals("1/2"));
    }

    @Test
    void aReplicaThatDoesNotLeadWritesNothingUntilItLeads() throws IOException {
        leadership.lose();
        start(ApiServer.as(client, "selvedge"));
        createPolicy();
        state.accepted(policy, 1);
        state.delivered(policy, 1, 2, 2);
        assertThat(new TrafficPolicyReconciler(state, leadership, Clock.systemUTC())
                        .reconcile(get(), null)
                        .isNoUpdate())
                .isTrue();
        assertThat(status().observedGeneration()).isEqualTo(-1);

        leadership.gain();

        await().until(() -> summary().equals("2/2"));
    }

    @Test
    void aStatusThatWasRefusedIsTriedAgain() throws IOException {
        var user = "reader-" + namespace;
        grant(user, "read", "trafficpolicies", "get", "list", "watch");
        var config = new ConfigBuilder(client.getConfiguration())
                .withImpersonateUsername(user)
                .withImpersonateGroups("system:authenticated")
                .build();
        start(new KubernetesClientBuilder().withConfig(config).build());
        createPolicy();
        state.accepted(policy, 1);
        state.delivered(policy, 1, 2, 2);
        assertThat(status().observedGeneration()).isEqualTo(-1);

        grant(user, "write", "trafficpolicies/status", "patch");

        await().atMost(Duration.ofSeconds(40)).until(() -> summary().equals("2/2"));
    }

    private void grant(String user, String what, String resource, String... verbs) {
        var name = namespace + "-" + what;
        client.resource(new ClusterRoleBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .endMetadata()
                        .addNewRule()
                        .withApiGroups("selvedge.dev")
                        .withResources(resource)
                        .withVerbs(verbs)
                        .endRule()
                        .build())
                .create();
        client.resource(new ClusterRoleBindingBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .endMetadata()
                        .withNewRoleRef("rbac.authorization.k8s.io", "ClusterRole", name)
                        .addNewSubject("rbac.authorization.k8s.io", "User", user, null)
                        .build())
                .create();
    }

    private void createPolicy() throws IOException {
        createPolicy(NAME);
    }

    private void createPolicy(String name) throws IOException {
        var file = folder.resolve(name + ".yaml");
        Files.writeString(file, """
                apiVersion: selvedge.dev/v1alpha1
                kind: TrafficPolicy
                metadata: {namespace: %s, name: %s}
                spec:
                  targetRefs: [{kind: Service, name: reviews}]
                  timeouts: {request: 2s}
                """.formatted(namespace, name));
        kubectl.run("create", "-f", file.toString()).succeeded();
    }

    private TrafficPolicy get() {
        return get(NAME);
    }

    private TrafficPolicy get(String name) {
        return client.resources(TrafficPolicy.class)
                .inNamespace(namespace)
                .withName(name)
                .require();
    }

    private TrafficPolicyStatus status() {
        return status(NAME);
    }

    private TrafficPolicyStatus status(String name) {
        return get(name).getStatus();
    }

    private String summary() {
        var proxies = status().proxies();
        return proxies == null ? "" : Objects.requireNonNullElse(proxies.summary(), "");
    }
}
