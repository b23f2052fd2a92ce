// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * A kube-apiserver without nodes and controllers, with the definitions of {@code config/crd} in it; one for all tests of
 * a run, stopped when the run ends.
 */
final class ApiServer implements ParameterResolver {
    private static final Path REPOSITORY = Path.of("..").toAbsolutePath().normalize();
    private static final Path CLUSTER = REPOSITORY.resolve("src-tests/cluster/local/cluster");

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Kubectl.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return context.getRoot()
                .getStore(ExtensionContext.Namespace.create(ApiServer.class))
                .getOrComputeIfAbsent("server", key -> new Running(), Running.class)
                .kubectl;
    }

    /** What a command said and how it ended. */
    record Answer(int code, String text) {
        Answer succeeded() {
            assertThat(code).as(text).isZero();
            return this;
        }
    }

    /** Runs kubectl against the server. */
    record Kubectl(String cluster) {
        Answer run(String... arguments) {
            var command = new ArrayList<>(List.of(CLUSTER.toString(), "kubectl", "--name", cluster, "--"));
            command.addAll(List.of(arguments));
            return ApiServer.run(command);
        }

        /** A file of the repository. */
        static Path file(String path) {
            return REPOSITORY.resolve(path);
        }
    }

    private static final class Running implements AutoCloseable {
        private static final String PID = String.valueOf(ProcessHandle.current().pid());
        private final Kubectl kubectl = new Kubectl("crd-" + PID);

        Running() {
            run(List.of(CLUSTER.toString(), "up", "--name", kubectl.cluster, "--nodes", "0", "--owner", PID))
                    .succeeded();
            kubectl.run(
                            "apply",
                            "--server-side",
                            "-k",
                            Kubectl.file("config/crd").toString())
                    .succeeded();
            kubectl.run("wait", "--for=condition=Established", "--timeout=30s", "crd", "--all")
                    .succeeded();
        }

        @Override
        public void close() {
            run(List.of(CLUSTER.toString(), "down", "--name", kubectl.cluster)).succeeded();
        }
    }

    private static Answer run(List<String> command) {
        try {
            Path output = Files.createTempFile("selvedge", ".txt");
            try {
                int code = new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start()
                        .waitFor();
                return new Answer(code, Files.readString(output));
            } finally {
                Files.delete(output);
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
