// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.api.v1alpha1.Mesh;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.RateLimitService;
import dev.selvedge.reconciler.ingest.PolicyIngest;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class RateLimitObjectsTest {
    private static Mesh mesh(String rateLimitService) {
        return Serialization.unmarshal("""
                apiVersion: selvedge.dev/v1alpha1
                kind: Mesh
                metadata: {name: default, uid: u}
                spec: {rateLimitService: %s}
                """.formatted(rateLimitService), Mesh.class);
    }

    @Test
    void a_managed_service_is_one_pod_that_shows_nothing_but_grpc() {
        var objects = RateLimitObjects.desired(
                mesh("{source: Managed, namespace: limits}"), "ratelimit:test", Set.of("limits"));

        assertThat(objects).extracting(HasMetadata::getKind).containsExactly("ServiceAccount", "Deployment", "Service");
        assertThat(objects).allSatisfy(object -> {
            assertThat(object.getMetadata().getNamespace()).isEqualTo("limits");
            assertThat(object.getMetadata().getOwnerReferences()).isNotEmpty();
        });
        var pod = ((Deployment) objects.get(1)).getSpec().getTemplate().getSpec();
        assertThat(pod.getContainers()).allSatisfy(container -> {
            assertThat(container.getImage()).isEqualTo("ratelimit:test");
            assertThat(container.getSecurityContext().getReadOnlyRootFilesystem())
                    .isTrue();
            assertThat(container.getResources().getLimits()).containsKey("memory");
        });
        assertThat(pod.getContainers().stream().flatMap(container -> container.getPorts().stream()))
                .singleElement()
                .satisfies(port -> assertThat(port.getContainerPort()).isEqualTo(8081));
        assertThat(pod.getContainers().get(1).getArgs()).startsWith("--port", "0");
    }

    @Test
    void proxies_ask_the_service_that_the_operator_runs_or_the_one_that_is_named() {
        assertThat(PolicyIngest.mesh(mesh("{source: Managed, namespace: limits}"), List.of())
                        .orElseThrow()
                        .rateLimits())
                .contains(new RateLimitService(
                        new ObjectName("limits", "selvedge-rate-limit"),
                        8081,
                        "selvedge",
                        RateLimitService.Failure.ALLOW));
        var provided = "{source: Provided, namespace: a, name: b, port: 1, domain: c, onFailure: Deny}";
        assertThat(PolicyIngest.mesh(mesh(provided), List.of()).orElseThrow().rateLimits())
                .contains(new RateLimitService(new ObjectName("a", "b"), 1, "c", RateLimitService.Failure.DENY));
        assertThat(RateLimitObjects.desired(mesh(provided), "ratelimit:test", Set.of("a")))
                .isEmpty();
    }

    @Test
    void none_is_run_where_pods_get_no_sidecar_and_the_mesh_says_why() {
        var mesh = mesh("{source: Managed, namespace: outside}");

        assertThat(RateLimitObjects.desired(mesh, "ratelimit:test", Set.of("shop")))
                .isEmpty();
        assertThat(RateLimitObjects.failure(mesh, Set.of("shop")))
                .hasValueSatisfying(why -> assertThat(why).contains("outside does not belong to the mesh"));
        assertThat(RateLimitObjects.failure(mesh("null"), Set.of("shop"))).isEmpty();
    }
}
