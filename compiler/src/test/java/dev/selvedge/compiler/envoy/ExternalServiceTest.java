// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.envoy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.selvedge.compiler.IncrementalCompiler;
import dev.selvedge.compiler.resource.Pack;
import dev.selvedge.compiler.resource.ResourceName;
import dev.selvedge.compiler.resource.ResourceType;
import dev.selvedge.compiler.snapshot.Change;
import dev.selvedge.compiler.snapshot.ExternalService;
import dev.selvedge.compiler.snapshot.ExternalService.Port;
import dev.selvedge.compiler.snapshot.ExternalService.Protocol;
import dev.selvedge.compiler.snapshot.ExternalService.Visibility;
import dev.selvedge.compiler.snapshot.LabelSelector;
import dev.selvedge.compiler.snapshot.Mesh;
import dev.selvedge.compiler.snapshot.Meta;
import dev.selvedge.compiler.snapshot.Namespace;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.Pod;
import dev.selvedge.compiler.snapshot.SnapshotObject;
import dev.selvedge.compiler.snapshot.TrustDomains;
import dev.selvedge.compiler.translate.Encoded;
import dev.selvedge.compiler.translate.Translate;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What leaves the cluster when egress is closed. The client believes that every host is at {@value #ELSEWHERE}, where
 * nobody is; the proxy finds {@code *.localhost} on loopback by itself.
 */
@Tag("envoy")
final class ExternalServiceTest {
    private static final String ELSEWHERE = "203.0.113.7";
    private static final ObjectName POD = new ObjectName("shop", "client-1");
    private static final Certificates PUBLIC = new Certificates("public.example");
    private static final Certificates.Identity NOBODY = new Certificates("x").issue("spiffe://x/ns/x/sa/x");

    /** The port that applications call for a host to which the proxy adds TLS. */
    private static final int CLEAR = FreePorts.any();

    private static final int TLS = FreePorts.any();
    private static final int HTTP = FreePorts.any();
    private static final int ORIGINATE = FreePorts.any();
    private static final int TCP = FreePorts.any();

    private static AdsServer ads;
    private static Application plain;
    private static SecureApplication secure;
    private static GreetingServer greeting;
    private static TestProxy client;
    private static final IncrementalCompiler COMPILER = new IncrementalCompiler();

    @BeforeAll
    static void start(@TempDir Path folder) throws IOException {
        ads = new AdsServer();
        plain = new Application("plain");
        secure = new SecureApplication(PUBLIC.issueForHost("secure.localhost"));
        greeting = new GreetingServer();
        COMPILER.apply(objects().map(Change.Put::new).<Change>map(it -> it).toList());
        client = new TestProxy(ads, "client", folder)
                .put(Translate.staticCluster(ResourceName.BLACKHOLE))
                .intercept(listener(ResourceName.portListener(secure.port())), TLS)
                .intercept(listener(ResourceName.portListener(plain.port())), HTTP)
                .intercept(listener(ResourceName.portListener(CLEAR)), ORIGINATE)
                .intercept(listener(ResourceName.OUTBOUND), TCP);
        for (var port : List.of(plain.port(), CLEAR)) {
            client.put(message(ResourceType.ROUTE, ResourceName.externalRoute(port)));
        }
        for (var host : List.of("tls.localhost", "one.wild.localhost", "theirs.localhost", "going.localhost")) {
            client.put(message(ResourceType.CLUSTER, ResourceName.externalTls(host, secure.port())));
        }
        client.put(message(ResourceType.CLUSTER, ResourceName.externalHttp("plain.localhost", plain.port())));
        for (var host : List.of("secure.localhost", "other.localhost")) {
            var cluster = (Cluster) message(ResourceType.CLUSTER, ResourceName.externalHttp(host, CLEAR));
            client.put(trusting(cluster));
        }
        for (var name : List.of(
                ResourceName.externalRange("203.0.113.0/24", greeting.port()),
                ResourceName.EXTERNAL_TCP + "10.20.0.5:" + greeting.port())) {
            client.application(Encoded.of(message(ResourceType.CLUSTER, name)), greeting.port());
        }
        client.start();
        // Until this machine has learned TLS it may be too slow for the second that a proxy waits for the first bytes.
        await().until(() -> secureCall("tls.localhost").contains("200"));
    }

    private static Stream<SnapshotObject> objects() {
        return Stream.of(
                new Mesh(
                        new Meta(new ObjectName("", "default"), "uid", 1, 0),
                        TrustDomains.of("cluster.local"),
                        LabelSelector.labels(Map.of()),
                        Mesh.MtlsMode.STRICT,
                        Mesh.EgressMode.DENY,
                        Mesh.AuthorizationDefault.ALLOW,
                        List.of("10.96.0.0/12")),
                new Namespace("shop", Map.of()),
                new Namespace("bank", Map.of()),
                new Pod(POD, "uid", List.of("10.1.0.9"), Map.of(), "client", new Pod.Proxy.Sidecar(), Optional.empty()),
                external("shop", "tls", List.of("tls.localhost", "*.wild.localhost"), secure.port(), Protocol.TLS),
                external("bank", "theirs", List.of("theirs.localhost"), secure.port(), Protocol.TLS),
                external("shop", "changing", List.of("going.localhost"), secure.port(), Protocol.TLS),
                external("shop", "plain", List.of("plain.localhost"), plain.port(), Protocol.HTTP),
                new ExternalService(
                        new Meta(new ObjectName("shop", "clear"), "uid-of-clear", 1, 1),
                        List.of("secure.localhost", "other.localhost"),
                        List.of(),
                        List.of(new Port(CLEAR, Protocol.HTTP, Optional.of(secure.port()))),
                        new Visibility.Listed(List.of())),
                new ExternalService(
                        new Meta(new ObjectName("shop", "greeting"), "uid-of-greeting", 1, 1),
                        List.of(),
                        List.of("203.0.113.0/24", "10.20.0.0/16"),
                        List.of(new Port(greeting.port(), Protocol.TCP, Optional.empty())),
                        new Visibility.Listed(List.of())));
    }

    private static ExternalService external(
            String namespace, String name, List<String> hosts, int port, Protocol protocol) {
        return new ExternalService(
                new Meta(new ObjectName(namespace, name), "uid-of-" + name, 1, 1),
                hosts,
                List.of(),
                List.of(new Port(port, protocol, Optional.empty())),
                new Visibility.Listed(List.of()));
    }

    @AfterAll
    static void stop() {
        client.close();
        greeting.close();
        secure.close();
        plain.close();
        ads.close();
    }

    @Test
    void tls_reaches_the_host_that_it_names_wherever_the_client_went() throws IOException {
        await().untilAsserted(
                        () -> assertThat(secureCall("tls.localhost")).contains("200", "secure sni=tls.localhost"));
        assertThat(ads.rejections()).isEmpty();
    }

    @Test
    void a_name_below_a_wildcard_gets_a_cluster_of_its_own_when_it_is_called() throws IOException {
        await().untilAsserted(() ->
                assertThat(secureCall("one.wild.localhost")).contains("200", "secure sni=one.wild.localhost"));
        assertThat(ads.subscriptions("client", ResourceType.CLUSTER.typeUrl()))
                .contains("external|tls|one.wild.localhost:" + secure.port());
    }

    @Test
    void tls_to_a_host_that_nobody_declared_for_this_namespace_is_refused() throws IOException {
        int before = secure.requests();

        assertThat(secureCall("undeclared.localhost")).isEmpty();
        assertThat(secureCall("theirs.localhost")).isEmpty();
        assertThat(secure.requests()).isEqualTo(before);
    }

    @Test
    void http_reaches_the_host_that_it_names_and_no_other() throws IOException {
        assertThat(clearCall(HTTP, plain.port(), "plain.localhost")).contains("HTTP/1.1 200", "plain GET /");
        assertThat(clearCall(HTTP, plain.port(), "plain.localhost:" + plain.port()))
                .contains("HTTP/1.1 200");
        assertThat(clearCall(HTTP, plain.port(), "undeclared.localhost"))
                .contains(
                        "HTTP/1.1 403",
                        "Egress is closed by Mesh default",
                        "no ExternalService for namespace shop declares this host");
    }

    @Test
    void the_proxy_adds_tls_and_checks_the_host() throws IOException {
        assertThat(clearCall(ORIGINATE, CLEAR, "secure.localhost"))
                .contains("HTTP/1.1 200", "secure sni=secure.localhost")
                .doesNotContainIgnoringCase("x-forwarded-proto")
                .doesNotContainIgnoringCase("x-envoy");
        // Its certificate is for another name.
        assertThat(clearCall(ORIGINATE, CLEAR, "other.localhost")).contains("HTTP/1.1 503");
    }

    @Test
    void a_server_at_a_declared_address_may_speak_first_and_at_once() throws IOException {
        for (var address : List.of(ELSEWHERE, "10.20.0.5")) {
            var start = System.nanoTime();
            try (var socket = intercepted(TCP, address, greeting.port())) {
                var first = socket.getInputStream().readNBytes(4);
                assertThat(new String(first, StandardCharsets.UTF_8)).isEqualTo("220 ");
            }
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofMillis(900));
        }
    }

    @Test
    void another_host_comes_and_one_goes_and_open_connections_to_the_rest_stay() throws IOException {
        try (var staying = inUse("tls.localhost");
                var ending = inUse("going.localhost")) {
            COMPILER.apply(List.of(new Change.Put(
                    external("shop", "changing", List.of("coming.localhost"), secure.port(), Protocol.TLS))));
            client.put(message(ResourceType.CLUSTER, ResourceName.externalTls("coming.localhost", secure.port())))
                    .intercept(listener(ResourceName.portListener(secure.port())), TLS);

            await().until(() -> secureCall("coming.localhost").contains("200"));
            await().until(() -> request(ending) != 200);
            assertThat(request(staying)).isEqualTo(200);
            assertThat(ads.rejections()).isEmpty();
        }
    }

    /** A connection that was used once. */
    private static SSLSocket inUse(String host) {
        var used = new ArrayList<SSLSocket>();
        await().until(() -> {
            used.add(open(host));
            return request(used.getLast()) == 200;
        });
        return used.getLast();
    }

    private static int request(Socket socket) {
        return Call.get(0, "/").on(socket).status();
    }

    @Test
    void other_addresses_and_other_ports_stay_closed() throws IOException {
        assertThat(silence("198.51.100.1", greeting.port())).isEmpty();
        assertThat(silence(ELSEWHERE, greeting.port() == 81 ? 82 : 81)).isEmpty();
    }

    private static String silence(String address, int port) throws IOException {
        try (var socket = intercepted(TCP, address, port)) {
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (java.net.SocketException _) {
            return "";
        }
    }

    private static String secureCall(String host) throws IOException {
        try (var tls =
                (SSLSocket) Call.tls(intercepted(TLS, ELSEWHERE, secure.port()), NOBODY, "http/1.1", "TLSv1.3")) {
            var parameters = tls.getSSLParameters();
            parameters.setServerNames(List.of(new SNIHostName(host)));
            tls.setSSLParameters(parameters);
            return get(tls, host);
        } catch (java.net.SocketException | javax.net.ssl.SSLException _) {
            return "";
        }
    }

    private static SSLSocket open(String host) throws IOException {
        var tls = Call.tls(intercepted(TLS, ELSEWHERE, secure.port()), NOBODY, "http/1.1", "TLSv1.3");
        var parameters = tls.getSSLParameters();
        parameters.setServerNames(List.of(new SNIHostName(host)));
        tls.setSSLParameters(parameters);
        return tls;
    }

    private static String clearCall(int listener, int port, String host) throws IOException {
        try (var socket = intercepted(listener, ELSEWHERE, port)) {
            return get(socket, host);
        }
    }

    private static String get(Socket socket, String host) throws IOException {
        socket.getOutputStream()
                .write(("GET / HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n")
                        .getBytes(StandardCharsets.UTF_8));
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    /** A connection to that address that was redirected to the listener. */
    private static Socket intercepted(int listener, String address, int port) throws IOException {
        var socket = Call.connect(listener);
        socket.getOutputStream()
                .write(("PROXY TCP4 127.0.0.1 " + address + " 1000 " + port + "\r\n").getBytes(StandardCharsets.UTF_8));
        return socket;
    }

    private static Encoded listener(String name) {
        return Encoded.of(message(ResourceType.LISTENER, name));
    }

    private static com.google.protobuf.Message message(ResourceType type, String name) {
        var body = COMPILER.resource(COMPILER.keyFor(type, name, POD))
                .orElseThrow()
                .body();
        try {
            return switch (type) {
                case LISTENER -> body.unpack(Listener.class);
                case CLUSTER -> body.unpack(Cluster.class);
                case ROUTE -> body.unpack(io.envoyproxy.envoy.config.route.v3.RouteConfiguration.class);
                case ENDPOINTS, SCOPE, SECRET -> throw new IllegalArgumentException(name);
            };
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The same, but the authority of this test stands for those of the public. */
    private static Cluster trusting(Cluster cluster) {
        try {
            var context = cluster.getTransportSocket().getTypedConfig().unpack(UpstreamTlsContext.class).toBuilder();
            context.getCommonTlsContextBuilder().getValidationContextBuilder().setTrustedCa(PUBLIC.authority());
            var changed = cluster.toBuilder();
            changed.getTransportSocketBuilder().setTypedConfig(Pack.any(context.build()));
            return changed.build();
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException(e);
        }
    }
}
