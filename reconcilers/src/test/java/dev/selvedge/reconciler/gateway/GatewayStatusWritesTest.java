// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.selvedge.compiler.diagnostic.Condition;
import dev.selvedge.compiler.diagnostic.Condition.Reason;
import dev.selvedge.compiler.diagnostic.Condition.Type;
import dev.selvedge.compiler.diagnostic.Outcome;
import dev.selvedge.compiler.snapshot.Kind;
import dev.selvedge.compiler.snapshot.ObjectRef;
import dev.selvedge.reconciler.drift.OwnedObjects;
import dev.selvedge.reconciler.drift.OwnedObjects.DriftMode;
import dev.selvedge.reconciler.gateway.GatewayReconciler.InForce;
import dev.selvedge.reconciler.leadership.SwitchedLeadership;
import dev.selvedge.reconciler.proxy.ProxySettings;
import dev.selvedge.reconciler.status.ChangingState;
import dev.selvedge.testing.ApiServer;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceQuotaBuilder;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Gateway;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GatewayBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.javaoperatorsdk.operator.Operator;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** When the status of a Gateway is written, and what it says where the Gateway cannot be as it should. */
@Tag("cluster")
@ExtendWith(ApiServer.class)
final class GatewayStatusWritesTest {
    private static final String NAME = "edge";
    private static final InForce MESH = new InForce(
            new ProxySettings("proxy", "selvedge.selvedge-system.svc", Duration.ofSeconds(4), Map.of(), Map.of()),
            DriftMode.CORRECT);

    private final String namespace = "gateway-" + UUID.randomUUID().toString().substring(0, 8);
    private final ObjectRef edge = ObjectRef.of(Kind.GATEWAY, namespace, NAME);
    private final KubernetesClient client;
    private final ChangingState state = new ChangingState();
    private Optional<Operator> operator = Optional.empty();
    private volatile Optional<InForce> mesh = Optional.of(MESH);

    GatewayStatusWritesTest(KubernetesClient client) {
        this.client = client;
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
        client.resources(Gateway.class).inNamespace(namespace).delete();
    }

    private void start() {
        operator.ifPresent(Operator::stop);
        var started = new Operator(o -> o.withKubernetesClient(client)
                .withCloseClientOnStop(false)
                .withStopOnInformerErrorDuringStartup(false));
        started.register(new GatewayReconciler(
                state,
                new SwitchedLeadership(),
                new OwnedObjects(client, new SimpleMeterRegistry(), Clock.systemUTC()),
                () -> mesh,
                Clock.systemUTC()));
        started.start();
        operator = Optional.of(started);
    }

    @Test
    void a_new_generation_is_told_of_when_it_is_compiled_and_not_before() {
        start();
        create("HTTP");
        programmed(1);

        client.resource(get()).edit(gateway -> new GatewayBuilder(gateway)
                .editSpec()
                .editFirstListener()
                .withHostname("shop.example.com")
                .endListener()
                .endSpec()
                .build());

        await().until(() -> condition("Programmed").startsWith("2 Unknown Pending"));
        assertThat(condition("Accepted")).isEqualTo("2 Unknown Pending: This generation has not been compiled yet.");
        state.delivered(edge, 2, 2, 2);
        state.accepted(edge, 2);
        await().until(() ->
                condition("Programmed").equals("2 True Programmed: 2 of 2 proxies acknowledged this generation."));
    }

    @Test
    void what_is_told_stays_while_an_operator_starts() {
        start();
        create("HTTP");
        programmed(1);
        var version = get().getMetadata().getResourceVersion();

        state.forget();
        start();

        await().during(Duration.ofSeconds(3))
                .until(() -> get().getMetadata().getResourceVersion().equals(version));
    }

    @Test
    void an_object_that_cannot_be_applied_is_told_with_the_words_of_the_api_server() {
        allowNoLoadBalancers();
        start();
        create("HTTP");
        state.accepted(edge, 1);

        await().atMost(Duration.ofSeconds(20))
                .until(() -> condition("Programmed").startsWith("1 False NoResources"));
        assertThat(condition("Programmed")).contains("is tried again: ").contains("no-load-balancers");
        assertThat(condition("Accepted")).startsWith("1 True Accepted");

        client.resourceQuotas()
                .inNamespace(namespace)
                .withName("no-load-balancers")
                .delete();
        await().atMost(Duration.ofSeconds(40))
                .until(() -> condition("Programmed").startsWith("1 False Pending"));
    }

    @Test
    void when_the_mesh_is_deleted_the_gateway_says_so() {
        start();
        create("HTTP");
        programmed(1);

        mesh = Optional.empty();
        var noMesh = new Condition(Type.ACCEPTED, false, Reason.NO_MESH, "Create one.");
        state.compiled(new Outcome(edge, 1, List.of(noMesh), List.of()));

        await().until(() -> condition("Accepted").equals("1 False NoMesh: Create one."));
        assertThat(condition("Programmed")).isEqualTo("1 False Pending: Not in force; Accepted says why.");
    }

    @Test
    void a_listener_that_supports_no_kind_of_route_says_so_with_an_empty_list() {
        start();
        create("HTTPS");
        state.accepted(edge, 1);

        await().until(() -> condition("Accepted").startsWith("1 True"));
        var raw = Serialization.asJson(client.genericKubernetesResources("gateway.networking.k8s.io/v1", "Gateway")
                .inNamespace(namespace)
                .withName(NAME)
                .get());
        assertThat(raw).contains("\"supportedKinds\":[]");
    }

    private void allowNoLoadBalancers() {
        var none = Map.of("services.loadbalancers", new Quantity("0"));
        var quota = new ResourceQuotaBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName("no-load-balancers")
                .endMetadata()
                .withNewSpec()
                .withHard(none)
                .endSpec()
                .build();
        client.resource(quota).create();
        // There is no controller that would do this.
        client.resource(quota).editStatus(created -> new ResourceQuotaBuilder(created)
                .withNewStatus()
                .withHard(none)
                .withUsed(none)
                .endStatus()
                .build());
        await().until(this::refusesLoadBalancers);
    }

    private boolean refusesLoadBalancers() {
        try {
            client.resource(new ServiceBuilder()
                            .withNewMetadata()
                            .withNamespace(namespace)
                            .withName("any")
                            .endMetadata()
                            .withNewSpec()
                            .withType("LoadBalancer")
                            .addNewPort()
                            .withPort(80)
                            .endPort()
                            .endSpec()
                            .build())
                    .dryRun()
                    .create();
            return false;
        } catch (KubernetesClientException _) {
            return true;
        }
    }

    private void create(String protocol) {
        client.resource(new GatewayBuilder()
                        .withNewMetadata()
                        .withNamespace(namespace)
                        .withName(NAME)
                        .endMetadata()
                        .withNewSpec()
                        .withGatewayClassName("selvedge")
                        .addNewListener()
                        .withName("web")
                        .withPort(80)
                        .withProtocol(protocol)
                        .endListener()
                        .endSpec()
                        .build())
                .create();
    }

    /** Its two proxies are ready and have the generation. */
    private void programmed(long generation) {
        await().ignoreExceptions().until(() -> deployment() != null);
        client.resource(deployment()).editStatus(deployment -> {
            deployment.getStatus().setReplicas(2);
            deployment.getStatus().setReadyReplicas(2);
            return deployment;
        });
        state.delivered(edge, generation, 2, 2);
        state.accepted(edge, generation);
        await().until(() -> condition("Programmed").startsWith(generation + " True"));
    }

    private Deployment deployment() {
        return client.apps()
                .deployments()
                .inNamespace(namespace)
                .withName(GatewayObjects.nameOf(NAME))
                .get();
    }

    private Gateway get() {
        return client.resources(Gateway.class)
                .inNamespace(namespace)
                .withName(NAME)
                .require();
    }

    private String condition(String type) {
        return get().getStatus().getConditions().stream()
                .filter(condition -> type.equals(condition.getType()))
                .map(condition -> condition.getObservedGeneration() + " " + condition.getStatus() + " "
                        + condition.getReason() + ": " + condition.getMessage())
                .findFirst()
                .orElse("");
    }
}
