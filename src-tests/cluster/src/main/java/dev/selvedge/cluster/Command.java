// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Runs a program to its end. */
final class Command {
    private Command() {}

    /**
     * Its standard output; standard error goes where ours goes, because builds report their progress there.
     *
     * @throws IllegalStateException if it ends with another code than 0, or this thread is interrupted, which also ends
     *     the program
     */
    static String run(List<String> command) {
        try {
            var process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            process.getOutputStream().close();
            var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            var code = await(process, command);
            if (code != 0) {
                throw new IllegalStateException("exit code %d: %s".formatted(code, String.join(" ", command)));
            }
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int await(Process process, List<String> command) {
        try {
            return process.waitFor();
        } catch (InterruptedException e) {
            process.destroy();
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted: " + String.join(" ", command), e);
        }
    }
}
