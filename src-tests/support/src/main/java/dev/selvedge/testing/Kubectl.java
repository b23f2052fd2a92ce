// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.cluster.Repository;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** kubectl against a local cluster, as a user would call it. */
public record Kubectl(String cluster) {
    private static final Path CLUSTER = Repository.file("src-tests/cluster/local/cluster");

    /** What a command said and how it ended. */
    public record Answer(int code, String text) {
        /** Fails the test with what was said, if it did not end well. */
        public Answer succeeded() {
            assertThat(code).as(text).isZero();
            return this;
        }
    }

    /** Whatever comes of it. */
    public Answer run(String... arguments) {
        var command = new ArrayList<>(List.of(CLUSTER.toString(), "kubectl", "--name", cluster, "--"));
        command.addAll(List.of(arguments));
        try {
            var output = Files.createTempFile("selvedge", ".txt");
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
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
