// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.proxy;

import dev.selvedge.reconciler.pki.Authority;
import dev.selvedge.testing.FreePorts;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** Envoy on this machine, with a bootstrap whose ports and paths are moved to free ones on loopback. */
final class HostEnvoy implements AutoCloseable {
    private static final Pattern PORT = Pattern.compile("port_value: (150\\d\\d|151\\d\\d)\\b");

    private static final Pattern VARIABLE = Pattern.compile("\\$\\$|\\$\\(([A-Z_]+)\\)");
    private static final Map<String, String> POD =
            Map.of("POD_NAMESPACE", "shop", "POD_NAME", "reviews-1", "POD_IP", "127.0.0.1");

    private final Path folder;
    private final Map<Integer, Integer> ports = new LinkedHashMap<>();
    private final List<Process> processes = new ArrayList<>();

    HostEnvoy(Path folder) throws IOException {
        this.folder = folder;
        for (var name : List.of("token", "trust", "admin")) {
            Files.createDirectories(folder.resolve(name));
        }
        var image = Path.of("../proxy-image/rootfs/etc/selvedge");
        for (var file : List.of("xds-token.yaml", "xds-trust.yaml")) {
            Files.writeString(folder.resolve(file), moved(Files.readString(image.resolve(file))));
        }
        Files.writeString(folder.resolve("token/token"), "none");
        Files.writeString(
                folder.resolve("trust/ca.crt"),
                new Authority(Clock.systemUTC(), new SecureRandom())
                        .createAnchor("cluster.local", Duration.ofDays(1))
                        .chainPem());
    }

    /** The port of this machine that stands for one of the pod. */
    int port(int ofPod) {
        return ports.computeIfAbsent(ofPod, port -> FreePorts.any());
    }

    Path file(String name) {
        return folder.resolve(name);
    }

    /** What the kubelet and the image do to a bootstrap, for this machine. */
    String placed(String bootstrap) {
        var expanded = VARIABLE.matcher(bootstrap)
                .replaceAll(match -> match.group(1) == null ? "\\$" : POD.getOrDefault(match.group(1), "unknown"))
                // The test's operator has a certificate for the name, and an address of this machine.
                .replace("address: selvedge.selvedge-system.svc", "address: 127.0.0.1")
                .replaceAll("\"::\"(\\s+port_value: 15\\d+)\\s+ipv4_compat: true", "\"127.0.0.1\"$1");
        return PORT.matcher(moved(expanded))
                .replaceAll(match -> "port_value: " + port(Integer.parseInt(match.group(1))));
    }

    private String moved(String text) {
        return text.replace("/var/run/selvedge", folder.toString()).replace("/etc/selvedge", folder.toString());
    }

    /** What Envoy says when it only reads the configuration; empty if it has nothing to say. */
    String validate(String bootstrap) throws IOException, InterruptedException {
        var log = folder.resolve("validate.log");
        var process = start(log, "--mode", "validate", "--config-yaml", placed(bootstrap));
        if (!process.waitFor(30, TimeUnit.SECONDS)) {
            throw new IllegalStateException("Envoy did not end");
        }
        var said = Files.readString(log);
        return process.exitValue() == 0 ? said.replaceAll("configuration '.*' OK\n", "") : "exit code: " + said;
    }

    void run(String bootstrap) throws IOException {
        start(folder.resolve("envoy.log"), "--config-yaml", placed(bootstrap));
    }

    String log() throws IOException {
        return Files.readString(folder.resolve("envoy.log"));
    }

    /** What the admin socket answers, or nothing while there is none. */
    String admin(String path) {
        var address = UnixDomainSocketAddress.of(folder.resolve("admin/envoy.sock"));
        try (var channel = SocketChannel.open(address)) {
            channel.write(ByteBuffer.wrap("GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                    .formatted(path)
                    .getBytes(StandardCharsets.US_ASCII)));
            return new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "";
        }
    }

    private Process start(Path log, String... arguments) throws IOException {
        var command = new ArrayList<>(
                List.of(binary().toString(), "--disable-hot-restart", "--concurrency", "1", "--log-level", "warn"));
        command.addAll(List.of(arguments));
        var process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        processes.add(process);
        return process;
    }

    @Override
    public void close() {
        processes.forEach(Process::destroyForcibly);
        for (var process : processes) {
            process.onExit().join();
        }
    }

    private static Path binary() {
        var cache =
                System.getenv().getOrDefault("SELVEDGE_CACHE", System.getProperty("user.home") + "/.cache/selvedge");
        var binary = Path.of(cache, "envoy-1.40.0", "envoy");
        if (!Files.isExecutable(binary)) {
            throw new IllegalStateException(binary + " is missing: build-tools/fetch-envoy puts it there");
        }
        return binary;
    }
}
