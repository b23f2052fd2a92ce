// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.injection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.reconciler.ingest.Ingest;
import dev.selvedge.reconciler.proxy.ProxySettings;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Golden cases: a directory each, with the pod before ({@code in-pod.yaml}) and after ({@code out-pod.yaml}). */
class PodMutatorTest {
    private static final ProxySettings SETTINGS = new ProxySettings(
            "selvedge.dev/proxy:dev",
            "selvedge.selvedge-system.svc",
            Duration.ofSeconds(10),
            Map.of("cpu", new Quantity("20m"), "memory", new Quantity("96Mi")),
            Map.of());
    private static final Path CASES = Path.of("src/test/resources/dev/selvedge/reconciler/injection");

    @TestFactory
    Stream<DynamicTest> goldenCases() throws IOException {
        try (var folders = Files.list(CASES)) {
            return folders
                    .sorted()
                    .map(folder -> DynamicTest.dynamicTest(
                            folder.getFileName().toString(), folder.toUri(), () -> check(folder)))
                    .toList()
                    .stream();
        }
    }

    private static void check(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            assertThat(files.map(file -> file.getFileName().toString())).isSubsetOf("in-pod.yaml", "out-pod.yaml");
        }
        var pod = read(folder.resolve("in-pod.yaml"));
        var injected = PodMutator.inject(pod, SETTINGS);

        var expected = folder.resolve("out-pod.yaml");
        if (Boolean.getBoolean("golden.update")) {
            Files.writeString(expected, Serialization.asYaml(injected));
        }
        assertThat(Serialization.asYaml(injected)).isEqualTo(Files.readString(expected));
        assertThat(pod).as("the pod that was given").isEqualTo(read(folder.resolve("in-pod.yaml")));
        assertThat(PodMutator.inject(injected, SETTINGS))
                .as("injected a second time")
                .isEqualTo(injected);
    }

    @Test
    void aProxyWhoseKeyTheKubeletMakesMountsItAndIsKnownByIt() throws IOException {
        var plain = read(CASES.resolve("http-probes/in-pod.yaml"));
        var settings = SETTINGS.withPodCertificate(Duration.ofHours(12));
        var injected = PodMutator.inject(plain, settings);

        assertThat(injected.getSpec().getVolumes())
                .filteredOn(volume -> volume.getName().equals("selvedge-credentials"))
                .singleElement()
                .satisfies(volume -> {
                    var source = volume.getProjected().getSources().getFirst().getPodCertificate();
                    assertThat(source.getSignerName()).isEqualTo("selvedge.dev/mesh");
                    assertThat(source.getKeyType()).isEqualTo("ECDSAP256");
                    assertThat(source.getMaxExpirationSeconds()).isEqualTo(43_200);
                    assertThat(source.getCredentialBundlePath()).isEqualTo("bundle.pem");
                });
        assertThat(injected.getSpec().getContainers())
                .as("nobody but the proxy has the key")
                .noneMatch(PodMutatorTest::mountsTheKey);
        assertThat(injected.getSpec().getInitContainers())
                .filteredOn(PodMutatorTest::mountsTheKey)
                .extracting(Container::getName)
                .containsExactly("selvedge-proxy");
        assertThat(Ingest.pod(injected))
                .get()
                .extracting(each -> each.ownKey())
                .isEqualTo(Optional.of(Duration.ofHours(12)));
        assertThat(PodMutator.inject(injected, settings)).isEqualTo(injected);
        assertThat(PodMutator.inject(injected, SETTINGS))
                .as("taken back by an injection without")
                .isEqualTo(PodMutator.inject(plain, SETTINGS));
    }

    private static boolean mountsTheKey(Container container) {
        return container.getVolumeMounts().stream()
                .anyMatch(mount -> mount.getName().equals("selvedge-credentials"));
    }

    @Test
    void aContainerThatAnotherWebhookAddedLaterIsTakenInToo() throws IOException {
        var injected = PodMutator.inject(read(CASES.resolve("http-probes/in-pod.yaml")), SETTINGS);
        var late = new ContainerBuilder()
                .withName("late")
                .withNewLivenessProbe()
                .withNewGrpc(7000, null)
                .endLivenessProbe()
                .build();
        var changed = new PodBuilder(injected)
                .editSpec()
                .addToContainers(late)
                .endSpec()
                .build();
        var atOnce = new PodBuilder(read(CASES.resolve("http-probes/in-pod.yaml")))
                .editSpec()
                .addToContainers(late)
                .endSpec()
                .build();

        assertThat(PodMutator.inject(changed, SETTINGS)).isEqualTo(PodMutator.inject(atOnce, SETTINGS));
    }

    private static Pod read(Path file) throws IOException {
        return Serialization.unmarshal(Files.readString(file), Pod.class);
    }
}
