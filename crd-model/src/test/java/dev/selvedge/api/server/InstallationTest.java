// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.cluster.Repository;
import dev.selvedge.testing.ApiServer;
import dev.selvedge.testing.Kubectl;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A real API server takes what {@code config} installs, and the rights in it are what they say. */
@Tag("cluster")
@ExtendWith(ApiServer.class)
class InstallationTest {
    private static final String OPERATOR = "--as=system:serviceaccount:selvedge-system:selvedge";
    private static final String ROTATION = "--as=system:serviceaccount:selvedge-system:selvedge-rotation";

    @TempDir
    private Path folder;

    @BeforeAll
    static void install(Kubectl kubectl) {
        kubectl.run("apply", "--server-side", "-k", config("default")).succeeded();
        kubectl.run("apply", "--server-side", "-k", config("samples/shop")).succeeded();
    }

    static Stream<Path> samples() throws IOException {
        try (Stream<Path> files = Files.list(Repository.file("config/samples"))) {
            return files.filter(file -> file.toString().endsWith(".yaml")).sorted().toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("samples")
    void everySampleIsTaken(Path sample, Kubectl kubectl) {
        kubectl.run("apply", "--server-side", "--validate=strict", "-f", sample.toString())
                .succeeded();
    }

    @Test
    void theOperatorsPodsNeedNothingThatRestrictedForbids(Kubectl kubectl) throws IOException {
        assertThat(createPod(kubectl, false).succeeded().text()).contains("pod/selvedge created (server dry run)");
    }

    @Test
    void otherPodsAreRefusedInTheOperatorsNamespace(Kubectl kubectl) throws IOException {
        assertThat(createPod(kubectl, true).text()).contains("violates PodSecurity \"restricted:latest\"");
    }

    @ParameterizedTest
    @CsvSource({
        "watch, pods, default",
        "watch, nodes, ''",
        "watch, endpointslices.discovery.k8s.io, default",
        "watch, servicecidrs.networking.k8s.io, ''",
        "watch, httproutes.gateway.networking.k8s.io, default",
        "patch, trafficpolicies.selvedge.dev/reviews --subresource=status, default",
        "watch, externalservices.selvedge.dev, default",
        "patch, externalservices.selvedge.dev/payments --subresource=status, default",
        "watch, gatewayclasses.gateway.networking.k8s.io, ''",
        "patch, gatewayclasses.gateway.networking.k8s.io/selvedge --subresource=status, ''",
        "patch, gateways.gateway.networking.k8s.io/storefront --subresource=status, default",
        "create, deployments.apps, default",
        "patch, serviceaccounts/storefront-selvedge, default",
        "watch, secrets/selvedge-issuer, selvedge-system",
        "watch, secrets/selvedge-provided-issuer, selvedge-system",
        "watch, configmaps/selvedge-additional-anchors, selvedge-system",
        "patch, leases.coordination.k8s.io/selvedge-leader, selvedge-system",
        "create, jobs.batch, selvedge-system",
        "create, tokenreviews.authentication.k8s.io, ''",
        "create, subjectaccessreviews.authorization.k8s.io, ''",
        "create, events, default",
        "patch, mutatingwebhookconfigurations.admissionregistration.k8s.io/selvedge-injector, ''",
        "watch, customresourcedefinitions.apiextensions.k8s.io/gatewayclasses.gateway.networking.k8s.io, ''",
        "watch, customresourcedefinitions.apiextensions.k8s.io/gateways.gateway.networking.k8s.io, ''"
    })
    void theOperatorMay(String verb, String resource, String namespace, Kubectl kubectl) {
        assertThat(canI(kubectl, OPERATOR, verb, resource, namespace)).isEqualTo("yes");
    }

    @ParameterizedTest
    @CsvSource({
        "get, secrets/selvedge-trust-anchor, selvedge-system",
        "list, secrets, selvedge-system",
        "update, leases.coordination.k8s.io/selvedge-leader, selvedge-system",
        "update, trafficpolicies.selvedge.dev/reviews --subresource=status, default",
        "update, configmaps/selvedge-trust, default",
        "patch, gatewayclasses.gateway.networking.k8s.io/selvedge, ''",
        "patch, events, default",
        "patch, secrets/selvedge-issuer, selvedge-system",
        "get, secrets/selvedge-issuer, default",
        "list, secrets/selvedge-provided-issuer, default",
        "patch, secrets/selvedge-provided-issuer, selvedge-system",
        "patch, configmaps/selvedge-additional-anchors, selvedge-system",
        "get, configmaps/selvedge-additional-anchors, default",
        "patch, meshes.selvedge.dev/default, ''",
        "patch, trafficpolicies.selvedge.dev/reviews, default",
        "patch, externalservices.selvedge.dev/payments, default",
        "patch, gateways.gateway.networking.k8s.io/storefront, default",
        "get, configmaps/other, default",
        "list, configmaps, default",
        "create, jobs.batch, default",
        "patch, mutatingwebhookconfigurations.admissionregistration.k8s.io/other, ''",
        "patch, customresourcedefinitions.apiextensions.k8s.io/meshes.selvedge.dev, ''",
        "create, pods, default",
        "create, clusterrolebindings.rbac.authorization.k8s.io, ''",
        "get, nodes, ''"
    })
    void theOperatorMayNot(String verb, String resource, String namespace, Kubectl kubectl) {
        assertThat(canI(kubectl, OPERATOR, verb, resource, namespace)).isEqualTo("no");
    }

    /** A right to create that names the object holds for server-side apply, whose request carries the name. */
    @Test
    void theTrustBundleIsCreatedByNameAndNoOtherConfigMap(Kubectl kubectl) throws IOException {
        apply(kubectl, OPERATOR, "default", "ConfigMap", "selvedge-trust").succeeded();
        assertThat(apply(kubectl, OPERATOR, "default", "ConfigMap", "other").text())
                .contains("is forbidden");
        kubectl.run("get", "configmaps", "-A", "--field-selector=metadata.name=selvedge-trust", OPERATOR)
                .succeeded();
    }

    @ParameterizedTest
    @CsvSource({
        "list, meshes.selvedge.dev, ''",
        "list, secrets, selvedge-system",
        "get, secrets/other, selvedge-system",
        "get, secrets/selvedge-issuer, default",
        "get, secrets/selvedge-provided-issuer, default",
        "patch, secrets/selvedge-provided-issuer, selvedge-system",
        "delete, secrets/selvedge-provided-issuer, selvedge-system",
        "create, pods, selvedge-system"
    })
    void theRotationJobMayNot(String verb, String resource, String namespace, Kubectl kubectl) {
        assertThat(canI(kubectl, ROTATION, verb, resource, namespace)).isEqualTo("no");
    }

    @Test
    void onlyTheRotationJobWritesTheTwoSecrets(Kubectl kubectl) throws IOException {
        for (String secret : new String[] {"selvedge-trust-anchor", "selvedge-issuer"}) {
            assertThat(apply(kubectl, OPERATOR, "selvedge-system", "Secret", secret)
                            .text())
                    .contains("is forbidden");
            apply(kubectl, ROTATION, "selvedge-system", "Secret", secret).succeeded();
            kubectl.run("get", "secret", secret, "-n", "selvedge-system", ROTATION)
                    .succeeded();
        }
        assertThat(apply(kubectl, ROTATION, "selvedge-system", "Secret", "other")
                        .text())
                .contains("is forbidden");
        assertThat(apply(kubectl, ROTATION, "default", "Secret", "selvedge-issuer")
                        .text())
                .contains("is forbidden");
    }

    private static String config(String path) {
        return Repository.file("config").resolve(path).toString();
    }

    private static String canI(Kubectl kubectl, String who, String verb, String resource, String namespace) {
        var arguments = Stream.concat(
                        Stream.of("auth", "can-i", verb, who, "-n", namespace.isEmpty() ? "default" : namespace),
                        Stream.of(resource.split(" ")))
                .toArray(String[]::new);
        return kubectl.run(arguments).text().lines().reduce("", (first, last) -> last);
    }

    private Kubectl.Answer apply(Kubectl kubectl, String who, String namespace, String kind, String name)
            throws IOException {
        Path file = folder.resolve("object.yaml");
        Files.writeString(file, """
                {apiVersion: v1, kind: %s, metadata: {namespace: %s, name: %s}}
                """.formatted(kind, namespace, name));
        return kubectl.run("apply", "--server-side", "--field-manager=selvedge", who, "-f", file.toString());
    }

    /** Asks whether the pod that the operator's Deployment makes would be admitted. */
    private Kubectl.Answer createPod(Kubectl kubectl, boolean privileged) throws IOException {
        var deployment = Serialization.unmarshal(
                kubectl.run("get", "deployment", "selvedge", "-n", "selvedge-system", "-o", "json")
                        .succeeded()
                        .text(),
                Deployment.class);
        var template = deployment.getSpec().getTemplate();
        template.getSpec().getContainers().getFirst().getSecurityContext().setPrivileged(privileged);
        if (privileged) {
            template.getSpec().getContainers().getFirst().getSecurityContext().setAllowPrivilegeEscalation(true);
        }
        var pod = new PodBuilder()
                .withNewMetadataLike(template.getMetadata())
                .withName("selvedge")
                .withNamespace("selvedge-system")
                .endMetadata()
                .withSpec(template.getSpec())
                .build();
        Path file = folder.resolve("pod.json");

        Files.writeString(file, Serialization.asJson(pod));
        return kubectl.run("create", "--dry-run=server", "-f", file.toString());
    }
}
