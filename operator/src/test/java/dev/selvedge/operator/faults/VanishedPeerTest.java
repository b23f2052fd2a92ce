// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.operator.Replica;
import dev.selvedge.reconciler.pki.Pem;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A node is gone from one moment to the next: no packet of its proxies arrives any more, not even the last. */
@Tag("cluster")
@ExtendWith(World.Shared.class)
final class VanishedPeerTest {
    /** Keep-alive asks after 30 seconds of silence and waits for 10. */
    private static final Duration NOTICED = Duration.ofSeconds(60);

    private static final String HERE = "169.254.77.1";
    private static final String NAMESPACE =
            "selvedge-faults-" + ProcessHandle.current().pid();
    private static final String LINK = "sf" + ProcessHandle.current().pid();

    @TempDir
    private Path folder;

    @AfterEach
    void removeNode() throws Exception {
        // The link goes with its other end.
        run("ip", "netns", "delete", NAMESPACE);
    }

    @Test
    @Tag("soak")
    void its_stream_ends_by_keep_alive(World world) throws Exception {
        run("ip", "netns", "add", NAMESPACE);
        run("ip", "link", "add", LINK, "type", "veth", "peer", "name", "eth0", "netns", NAMESPACE);
        run("ip", "address", "add", HERE + "/30", "dev", LINK);
        run("ip", "link", "set", LINK, "up");
        run("ip", "-n", NAMESPACE, "address", "add", "169.254.77.2/30", "dev", "eth0");
        run("ip", "-n", NAMESPACE, "link", "set", "eth0", "up");
        var pod = world.pod("vanishing");
        var anchors = Files.writeString(folder.resolve("anchors"), Pem.write(world.anchors()));
        var token = Files.writeString(folder.resolve("token"), world.token(pod, Duration.ofHours(1)));
        try (var replica = new Replica(world.client(), "left", Clock.systemUTC()).start()) {
            Waiting.until("the replica serves", replica::isReady);
            var node = new ProcessBuilder(
                            "ip",
                            "netns",
                            "exec",
                            NAMESPACE,
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-XX:TieredStopAtLevel=1",
                            "-cp",
                            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                            VanishedPeerTest.class.getName(),
                            Integer.toString(replica.port()),
                            anchors.toString(),
                            token.toString(),
                            pod.name().name())
                    .inheritIO()
                    .start();
            try {
                Waiting.until("the proxy is connected", () -> replica.metric("selvedge.xds.proxies") == 1);
                run("ip", "link", "set", LINK, "down");
                Waiting.until("its stream has ended", NOTICED, () -> replica.metric("selvedge.xds.proxies") == 0);
            } finally {
                node.destroyForcibly();
                node.onExit().join();
            }
        }
    }

    /** The node's own. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        var port = Integer.parseInt(arguments[0]);
        var mesh = MeshProxy.Mesh.of(
                Pem.readCertificates(Files.readString(Path.of(arguments[1]))),
                InetAddress.getByName(HERE),
                () -> port,
                new Rules());
        var pod = new ObjectName(World.NAMESPACE, arguments[3]);
        try (var proxy = new MeshProxy(mesh, pod, Files.readString(Path.of(arguments[2])), null)) {
            proxy.connect();
            Thread.currentThread().join();
        }
    }

    private static void run(String... command) throws Exception {
        var process = new ProcessBuilder(List.of(command)).inheritIO().start();
        assertThat(process.waitFor()).as(String.join(" ", command)).isZero();
    }
}
