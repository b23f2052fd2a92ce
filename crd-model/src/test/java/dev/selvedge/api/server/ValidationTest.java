// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.testing.ApiServer;
import dev.selvedge.testing.Kubectl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The API server takes every {@code valid-*.yaml} and refuses every {@code invalid-*.yaml} with the text that stands in
 * its first line.
 */
@Tag("cluster")
@ExtendWith(ApiServer.class)
class ValidationTest {
    private static final Path CASES = Path.of("src/test/resources/validation");
    private static final String EXPECT = "# expect: ";

    static Stream<Path> valid() throws IOException {
        return cases("valid-.*[.]yaml");
    }

    static Stream<Path> invalid() throws IOException {
        return cases("invalid-.*[.]yaml");
    }

    @ParameterizedTest
    @MethodSource("valid")
    void isTaken(Path file, Kubectl kubectl) {
        kubectl.run("create", "--dry-run=server", "--validate=strict", "-f", absolute(file))
                .succeeded();
    }

    @ParameterizedTest
    @MethodSource("invalid")
    void isRefused(Path file, Kubectl kubectl) throws IOException {
        String first = Files.readAllLines(file).getFirst();
        assertThat(first).startsWith(EXPECT);
        var answer = kubectl.run("create", "--dry-run=server", "--validate=strict", "-f", absolute(file));
        assertThat(answer.code()).as(answer.text()).isNotZero();
        assertThat(answer.text()).contains(first.substring(EXPECT.length()));
    }

    @Test
    void everyFileIsACase() throws IOException {
        try (Stream<Path> files = Files.list(CASES)) {
            assertThat(files).allMatch(file -> file.getFileName().toString().matches("(in)?valid-.*[.]yaml"));
        }
    }

    /** Server-side apply and a plain create differ in where they find a field that the schema does not have. */
    @Test
    void serverSideApplyRefusesUnknownFieldsToo(Kubectl kubectl) {
        var answer = kubectl.run(
                "apply",
                "--server-side",
                "--dry-run=server",
                "-f",
                absolute(CASES.resolve("invalid-mesh-unknown-field.yaml")));
        assertThat(answer.code()).isNotZero();
        assertThat(answer.text()).contains(".spec.mtls.mod: field not declared in schema");
    }

    private static String absolute(Path file) {
        return file.toAbsolutePath().toString();
    }

    private static Stream<Path> cases(String pattern) throws IOException {
        try (Stream<Path> files = Files.list(CASES)) {
            return files.filter(file -> file.getFileName().toString().matches(pattern)).sorted().toList().stream();
        }
    }
}
