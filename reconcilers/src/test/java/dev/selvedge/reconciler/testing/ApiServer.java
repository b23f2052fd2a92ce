// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.testing;

import static java.util.Objects.requireNonNull;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * A real kube-apiserver with our CRDs, one for all test classes of a run, without controllers and nodes. Tests take a
 * {@link KubernetesClient} of an administrator as a parameter.
 */
public final class ApiServer implements ParameterResolver {
    private static final ExtensionContext.Namespace NAMESPACE = ExtensionContext.Namespace.create(ApiServer.class);

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == KubernetesClient.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        var running = context.getRoot()
                .getStore(NAMESPACE)
                .getOrComputeIfAbsent(Running.class, key -> Running.start(), Running.class);
        return requireNonNull(running).client();
    }

    /** A client with the rights that {@code config/base} gives to a ServiceAccount of the operator's namespace. */
    public static KubernetesClient as(KubernetesClient administrator, String serviceAccount) {
        var namespace = "selvedge-system";
        for (var file : List.of(
                "namespace", "serviceaccounts", "rbac-cluster", "rbac-gateways", "rbac-namespace", "rbac-rotation")) {
            try (var yaml = Files.newInputStream(repository().resolve("config/base/" + file + ".yaml"))) {
                administrator.load(yaml).serverSideApply();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        var config = new ConfigBuilder(administrator.getConfiguration())
                .withImpersonateUsername("system:serviceaccount:" + namespace + ":" + serviceAccount)
                .withImpersonateGroups(
                        "system:serviceaccounts", "system:serviceaccounts:" + namespace, "system:authenticated")
                .build();
        return new KubernetesClientBuilder().withConfig(config).build();
    }

    /** The root of the repository. */
    public static Path repository() {
        var folder = Path.of("").toAbsolutePath();
        while (!Files.exists(folder.resolve("src-tests/cluster/local/cluster"))) {
            folder = requireNonNull(folder.getParent());
        }
        return folder;
    }

    private record Running(String name, KubernetesClient client) implements AutoCloseable {
        static Running start() {
            var name = "reconcilers-" + ProcessHandle.current().pid();
            try {
                var kubeconfig = cluster("up", "--name", name, "--nodes", "0");
                var config = Config.fromKubeconfig(Path.of(kubeconfig).toFile());
                // The client does not see this from a key in PKCS #8.
                config.setClientKeyAlgo("EC");
                var client = new KubernetesClientBuilder().withConfig(config).build();
                installCrds(client);
                return new Running(name, client);
            } catch (IOException | InterruptedException | RuntimeException e) {
                down(name);
                throw new IllegalStateException("no API server", e);
            }
        }

        private static void installCrds(KubernetesClient client) throws IOException {
            try (Stream<Path> files = Files.list(repository().resolve("config/crd"))) {
                for (var file : files.filter(f -> f.getFileName().toString().endsWith("selvedge.dev.yaml"))
                        .toList()) {
                    client.load(Files.newInputStream(file)).serverSideApply();
                }
            }
        }

        @Override
        public void close() {
            client.close();
            down(name);
        }

        private static void down(String name) {
            try {
                cluster("down", "--name", name);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        /** The last line that the command printed. */
        private static String cluster(String... arguments) throws IOException, InterruptedException {
            var command = Stream.concat(
                            Stream.of(repository()
                                    .resolve("src-tests/cluster/local/cluster")
                                    .toString()),
                            Stream.of(arguments))
                    .toList();
            var process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            List<String> lines;
            try (var reader = process.inputReader()) {
                lines = reader.lines().toList();
            }
            if (process.waitFor() != 0) {
                throw new IOException(command + " failed: " + lines);
            }
            return lines.isEmpty() ? "" : lines.getLast().strip();
        }
    }
}
