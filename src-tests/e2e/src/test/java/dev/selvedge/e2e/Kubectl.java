// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.e2e;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.awaitility.Awaitility;

/** kubectl against one cluster. */
record Kubectl(String binary, Path kubeconfig, Path directory) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration LIMIT = Duration.ofMinutes(5);
    private static final Duration PATIENCE = Duration.ofSeconds(45);

    /** What a command printed, and how it ended. */
    record Result(int exit, String out, String err) {
        boolean ok() {
            return exit == 0;
        }
    }

    /** Runs kubectl and returns whatever came of it. */
    Result tryRun(String... arguments) {
        return tryRunWith("", arguments);
    }

    /** Runs kubectl with text on its standard input. */
    Result tryRunWith(String stdin, String... arguments) {
        List<String> command = new ArrayList<>(List.of(binary, "--kubeconfig", kubeconfig.toString()));
        command.addAll(List.of(arguments));
        try {
            Process process =
                    new ProcessBuilder(command).directory(directory.toFile()).start();
            CompletableFuture<String> out = read(process.getInputStream());
            CompletableFuture<String> err = read(process.getErrorStream());
            try (var in = process.getOutputStream()) {
                in.write(stdin.getBytes(StandardCharsets.UTF_8));
            }
            if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("kubectl did not end: " + String.join(" ", arguments));
            }
            return new Result(process.exitValue(), out.join(), err.join());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Each in a thread of its own: the common pool has as many as cores, and a command may run for a minute. */
    private static CompletableFuture<String> read(java.io.InputStream stream) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try (stream) {
                        return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                Thread::startVirtualThread);
    }

    /** @param merge what the Mesh is to have, as a JSON merge patch */
    void patchMesh(String merge) {
        run("patch", "meshes.selvedge.dev", "default", "--type=merge", "-p", merge);
    }

    /** Starts kubectl and leaves it running; the caller ends it. */
    Process start(String... arguments) {
        List<String> command = new ArrayList<>(List.of(binary, "--kubeconfig", kubeconfig.toString()));
        command.addAll(List.of(arguments));
        try {
            return new ProcessBuilder(command)
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs kubectl, which must succeed, and returns its output. */
    String run(String... arguments) {
        return succeeded(tryRun(arguments), arguments);
    }

    /** Server-side apply of YAML, as a user other than the operator. */
    void apply(String yaml) {
        succeeded(
                tryRunWith(yaml, "apply", "--server-side", "--field-manager=e2e", "--force-conflicts", "-f", "-"),
                "apply",
                yaml);
    }

    /** Deletes what the YAML names, and waits until it is gone. */
    void delete(String yaml) {
        succeeded(tryRunWith(yaml, "delete", "--ignore-not-found", "--wait", "-f", "-"), "delete", yaml);
    }

    JsonNode json(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("-o", "json"));
        return parse(run(all.toArray(String[]::new)));
    }

    /** Runs the sample image's client in a pod of that Deployment and returns its summary, whatever its exit code. */
    JsonNode client(String namespace, String deployment, String... arguments) {
        return parse(clientResult(namespace, deployment, arguments).out());
    }

    Result clientResult(String namespace, String deployment, String... arguments) {
        List<String> all = new ArrayList<>(
                List.of("exec", "-n", namespace, "deploy/" + deployment, "--", "/usr/local/bin/sample"));
        all.addAll(List.of(arguments));
        return tryRun(all.toArray(String[]::new));
    }

    static JsonNode parse(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new AssertionError("not JSON: " + text, e);
        }
    }

    private static String succeeded(Result result, String... arguments) {
        if (!result.ok()) {
            throw new AssertionError("kubectl " + String.join(" ", arguments) + " ended with " + result.exit() + "\n"
                    + result.out() + result.err());
        }
        return result.out();
    }

    /** Waits until it is so; what kubectl could not do is asked again. */
    static void await(String what, BooleanSupplier question) {
        Awaitility.await(what)
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> {
                    try {
                        return question.getAsBoolean();
                    } catch (AssertionError _) {
                        return false;
                    }
                });
    }
}
