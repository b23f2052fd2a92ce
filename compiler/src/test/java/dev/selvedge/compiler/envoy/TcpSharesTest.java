// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.envoy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.selvedge.compiler.Fixtures;
import dev.selvedge.compiler.IncrementalCompiler;
import dev.selvedge.compiler.resource.Context;
import dev.selvedge.compiler.resource.ResourceKey;
import dev.selvedge.compiler.resource.ResourceName;
import dev.selvedge.compiler.resource.ResourceType;
import dev.selvedge.compiler.snapshot.EndpointSlice;
import dev.selvedge.compiler.snapshot.Pod;
import dev.selvedge.compiler.snapshot.Release;
import dev.selvedge.compiler.snapshot.SnapshotObject;
import dev.selvedge.compiler.snapshot.TrafficPolicy.Protocol;
import dev.selvedge.compiler.translate.Encoded;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which version of a Service gets a connection that is not HTTP; from the policy to what the servers see. */
@Tag("envoy")
final class TcpSharesTest {
    private static final String HERE = "127.0.0.1";
    private static final int CONNECTIONS = 400;

    private final int port = FreePorts.any();
    private final int other = FreePorts.any();
    private final IncrementalCompiler compiler = new IncrementalCompiler();
    private AdsServer ads;
    private List<GreetingServer> servers;
    private TestProxy client;

    /** Two pods of the first version and one of the second. */
    @BeforeEach
    void start(@TempDir Path folder) throws IOException {
        ads = new AdsServer();
        servers = List.of(new GreetingServer("v1\n"), new GreetingServer("v1\n"), new GreetingServer("v2\n"));
        compiler.apply(Fixtures.puts(
                Fixtures.mesh(),
                Fixtures.member("shop"),
                Fixtures.service("db", HERE, Fixtures.port(port, "tcp"), Fixtures.port(other, "other"))));
        for (int i = 0; i < servers.size(); i++) {
            var version = i < 2 ? "v1" : "v2";
            var pod = new Pod(
                    Fixtures.shop("db-" + i),
                    "uid-" + i,
                    List.of(HERE),
                    Map.of("app", "db", "version", version),
                    "db",
                    new Pod.Proxy.None());
            compiler.apply(Fixtures.puts(
                    pod,
                    new EndpointSlice(
                            Fixtures.shop("db-" + i),
                            Fixtures.shop("db"),
                            Map.of(
                                    "tcp",
                                    servers.get(i).port(),
                                    "other",
                                    servers.get(i).port()),
                            List.of(Fixtures.ready(pod)))));
        }
        client = new TestProxy(ads, "client", folder);
    }

    @AfterEach
    void stop() {
        assertThat(ads.rejections()).isEmpty();
        client.close();
        servers.forEach(GreetingServer::close);
        ads.close();
    }

    @Test
    void each_version_gets_its_weight_whatever_its_pods() throws IOException {
        divide(80, 20);
        client.start();

        assertShare(0.2);
    }

    @Test
    void connections_from_before_there_were_weights_go_on() throws IOException {
        apply(policy(Fixtures.trafficPolicy("db", "db")));
        client.start();
        try (var early = new Connection(port)) {
            divide(0, 1);
            await().atMost(Duration.ofSeconds(10)).until(() -> second(20) == 20);

            assertThat(early.hello()).isEqualTo("you said hello");
        }
    }

    @Test
    void weights_change_and_no_connection_ends() throws IOException {
        divide(50, 50);
        client.start();
        var listener = resource(ResourceType.LISTENER, ResourceName.opaqueListener(HERE, port));
        var cluster = resource(ResourceType.CLUSTER, ResourceName.tcpCluster(HERE, port));
        try (var one = first("v1");
                var other = first("v2")) {
            divide(0, 1);
            await().atMost(Duration.ofSeconds(10)).until(() -> second(20) == 20);
            assertThat(second(100)).isEqualTo(100);

            divide(1, 0);
            await().atMost(Duration.ofSeconds(10)).until(() -> second(20) == 0);

            assertThat(one.hello()).isEqualTo("you said hello");
            assertThat(other.hello()).isEqualTo("you said hello");
        }
        assertThat(resource(ResourceType.LISTENER, ResourceName.opaqueListener(HERE, port)))
                .isEqualTo(listener);
        assertThat(resource(ResourceType.CLUSTER, ResourceName.tcpCluster(HERE, port)))
                .isEqualTo(cluster);
    }

    @Test
    void a_release_divides_connections_too() throws IOException {
        apply(policy(Fixtures.trafficPolicy("db", "db").release(new Release.Canary("v1", "v2", 10, Optional.empty()))));
        client.start();

        assertShare(0.1);
    }

    @Test
    void each_port_has_weights_of_its_own() throws IOException {
        toOther("v2");
        client.start();

        assertThat(second(50, other)).isEqualTo(50);
        assertShare(0.2);

        var endpoints = resource(ResourceType.ENDPOINTS, ResourceName.tcpCluster(HERE, port));
        toOther("v1");
        await().atMost(Duration.ofSeconds(10)).until(() -> second(20, other) == 0);
        assertThat(resource(ResourceType.ENDPOINTS, ResourceName.tcpCluster(HERE, port)))
                .isEqualTo(endpoints);
    }

    /** The connections to the other port go to one version; those to the port are divided. */
    private void toOther(String version) throws InvalidProtocolBufferException {
        apply(policy(Fixtures.trafficPolicy("db", "db")
                .routes(
                        Fixtures.routeOf(other, "other", Fixtures.subset(version, 1)),
                        Fixtures.route("rest", List.of(), Fixtures.subset("v1", 80), Fixtures.subset("v2", 20)))));
    }

    private void divide(int first, int second) throws InvalidProtocolBufferException {
        apply(policy(Fixtures.trafficPolicy("db", "db")
                .routes(Fixtures.route(
                        "all", List.of(), Fixtures.subset("v1", first), Fixtures.subset("v2", second)))));
    }

    private SnapshotObject policy(Fixtures.TrafficPolicyBuilder builder) {
        return builder.port(port, Protocol.TCP)
                .port(other, Protocol.TCP)
                .version("v1")
                .version("v2")
                .build();
    }

    /** Hands the proxy what the compiler makes of it. */
    private void apply(SnapshotObject policy) throws InvalidProtocolBufferException {
        compiler.apply(Fixtures.puts(policy));
        for (int each : List.of(port, other)) {
            var name = ResourceName.tcpCluster(HERE, each);
            ads.put("client", name, resource(ResourceType.CLUSTER, name));
            ads.put("client", name, resource(ResourceType.ENDPOINTS, name));
            client.listen(
                    Encoded.of(resource(ResourceType.LISTENER, ResourceName.opaqueListener(HERE, each))
                            .unpack(Listener.class)),
                    each);
        }
    }

    private Any resource(ResourceType type, String name) {
        return compiler.resource(new ResourceKey(type, name, Context.SHARED))
                .orElseThrow()
                .body();
    }

    private void assertShare(double ofSecond) {
        Bounds.assertShare(second(CONNECTIONS), CONNECTIONS, ofSecond);
    }

    /** How many of so many connections the second version got. */
    private int second(int connections) {
        return second(connections, port);
    }

    private static int second(int connections, int to) {
        return (int) IntStream.range(0, connections)
                .filter(_ -> {
                    try (var connection = new Connection(to)) {
                        return connection.version.equals("v2");
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                })
                .count();
    }

    /** The first connection that goes to a version. */
    private Connection first(String version) throws IOException {
        for (int i = 0; i < 100; i++) {
            var connection = new Connection(port);
            if (connection.version.equals(version)) {
                return connection;
            }
            connection.close();
        }
        throw new AssertionError("none of 100 connections went to " + version);
    }

    private static final class Connection implements AutoCloseable {
        private final Socket socket;
        private final BufferedReader lines;
        private final String version;

        Connection(int port) throws IOException {
            socket = Call.connect(port);
            lines = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            version = String.valueOf(lines.readLine());
        }

        String hello() throws IOException {
            socket.getOutputStream().write("hello\n".getBytes(StandardCharsets.UTF_8));
            return String.valueOf(lines.readLine());
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
