// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.envoy;

import io.envoyproxy.envoy.config.bootstrap.v3.Bootstrap;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The pinned Envoy on this machine, run or asked to validate. */
public final class EnvoyProcess implements AutoCloseable {
    private final Process process;
    private final Path log;

    private EnvoyProcess(Process process, Path log) {
        this.process = process;
        this.log = log;
    }

    static EnvoyProcess run(String name, Path folder, String bootstrap) throws IOException {
        return start(folder, name, Files.writeString(folder.resolve(name + ".yaml"), bootstrap), List.of());
    }

    /** What Envoy says against a configuration; empty when it has nothing to say. */
    public static String validate(Path folder, Bootstrap bootstrap) throws IOException, InterruptedException {
        var file = Files.write(folder.resolve("validate.pb"), bootstrap.toByteArray());
        try (var envoy = start(folder, "validate", file, List.of("--mode", "validate"))) {
            if (!envoy.process.waitFor(60, TimeUnit.SECONDS)) {
                throw new IllegalStateException("Envoy did not end");
            }
            var said = envoy.log().replaceAll("configuration '.*' OK\n", "");
            return envoy.process.exitValue() == 0 ? said : "refused: " + said;
        }
    }

    private static EnvoyProcess start(Path folder, String name, Path config, List<String> more) throws IOException {
        var log = folder.resolve(name + ".log");
        var command = new ArrayList<>(List.of(
                binary().toString(),
                "--disable-hot-restart",
                "--drain-time-s",
                "1",
                "--drain-strategy",
                "immediate",
                "--concurrency",
                "1",
                "--log-level",
                "warn",
                "--file-flush-interval-msec",
                "50",
                "--config-path",
                config.toString()));
        command.addAll(more);
        var process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        return new EnvoyProcess(process, log);
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Everything that it wrote, access logs included. */
    String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
        process.onExit().join();
    }

    private static Path binary() {
        var named = System.getenv("SELVEDGE_ENVOY");
        var cache =
                System.getenv().getOrDefault("SELVEDGE_CACHE", System.getProperty("user.home") + "/.cache/selvedge");
        var binary = named != null ? Path.of(named) : Path.of(cache, "envoy-1.40.0", "envoy");
        if (!Files.isExecutable(binary)) {
            throw new IllegalStateException(
                    "No Envoy at " + binary + ": run build-tools/fetch-envoy, or name one in SELVEDGE_ENVOY.");
        }
        return binary;
    }
}
