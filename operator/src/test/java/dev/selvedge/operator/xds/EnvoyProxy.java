// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.xds;

import dev.selvedge.reconciler.pki.Pem;
import dev.selvedge.reconciler.proxy.Bootstrap;
import dev.selvedge.reconciler.proxy.DirectAccess;
import dev.selvedge.reconciler.proxy.ProxySettings;
import dev.selvedge.testing.FreePorts;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;

/** The pinned Envoy on this machine with the bootstrap of a sidecar, its ports and folders moved to free ones. */
final class EnvoyProxy implements AutoCloseable {
    private static final Path BINARY = Path.of(
            System.getenv().getOrDefault("SELVEDGE_CACHE", System.getProperty("user.home") + "/.cache/selvedge"),
            "envoy-1.40.0",
            "envoy");
    private static final Pattern PORT = Pattern.compile("port_value: (15\\d\\d\\d)\\b");

    private final Process process;
    private final Path log;
    private final int metrics;

    static boolean isHere() {
        return Files.isExecutable(BINARY);
    }

    EnvoyProxy(Path folder, XdsFixture server, String token) throws IOException {
        for (var name : new String[] {"token", "trust", "admin"}) {
            Files.createDirectories(folder.resolve(name));
        }
        Files.writeString(folder.resolve("token/token"), token);
        Files.writeString(folder.resolve("trust/ca.crt"), Pem.write(server.anchors()));
        for (var file : new String[] {"xds-token.yaml", "xds-trust.yaml"}) {
            var original = Path.of("../proxy-image/rootfs/etc/selvedge", file);
            Files.writeString(folder.resolve(file), moved(Files.readString(original), folder));
        }
        var settings = new ProxySettings("image", XdsFixture.SERVER_NAME, Duration.ofSeconds(5), Map.of(), Map.of());
        var bootstrap = moved(Bootstrap.sidecar(settings, DirectAccess.NONE), folder)
                .replace("$(POD_NAMESPACE)/$(POD_NAME)", "kube-system/somebody-else")
                .replace("address: selvedge.selvedge-system.svc", "address: 127.0.0.1")
                .replaceAll("\"::\"(\\s+port_value: 15\\d+)\\s+ipv4_compat: true", "\"127.0.0.1\"$1");
        var ports = new HashMap<>(Map.of("15012", server.port()));
        var placed = PORT.matcher(bootstrap)
                .replaceAll(match -> "port_value: " + ports.computeIfAbsent(match.group(1), _ -> FreePorts.any()));
        metrics = ports.get("15020");
        log = folder.resolve("envoy.log");
        process = new ProcessBuilder(
                        BINARY.toString(),
                        "--disable-hot-restart",
                        "--concurrency",
                        "1",
                        "--log-level",
                        "warn",
                        // As in a pod, but sooner.
                        "--drain-time-s",
                        "1",
                        "--drain-strategy",
                        "immediate",
                        "--config-yaml",
                        placed)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
    }

    private static String moved(String text, Path folder) {
        return text.replace("/var/run/selvedge", folder.toString()).replace("/etc/selvedge", folder.toString());
    }

    String log() throws IOException {
        return Files.readString(log);
    }

    /** One of the proxy's own metrics, none of a cluster or listener. */
    double metric(String name) throws IOException {
        try (var text =
                URI.create("http://127.0.0.1:" + metrics + "/metrics").toURL().openStream()) {
            return new String(text.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> line.startsWith(name + "{}"))
                    .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf(' '))))
                    .findFirst()
                    .orElseThrow();
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
        process.onExit().join();
    }
}
