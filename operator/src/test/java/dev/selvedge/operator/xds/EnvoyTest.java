// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.xds;

import static dev.selvedge.operator.xds.EnvoyResources.again;
import static dev.selvedge.operator.xds.EnvoyResources.cluster;
import static dev.selvedge.operator.xds.EnvoyResources.endpoints;
import static dev.selvedge.operator.xds.EnvoyResources.outbound;
import static dev.selvedge.operator.xds.EnvoyResources.refusedListener;
import static dev.selvedge.operator.xds.EnvoyResources.route;
import static dev.selvedge.operator.xds.EnvoyResources.scope;
import static dev.selvedge.operator.xds.EnvoyResources.tls;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.selvedge.compiler.diagnostic.Origin;
import dev.selvedge.compiler.snapshot.Change;
import dev.selvedge.compiler.snapshot.Kind;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.ObjectRef;
import dev.selvedge.compiler.snapshot.Pod;
import dev.selvedge.operator.delivery.Holding.State;
import dev.selvedge.operator.delivery.Summary;
import dev.selvedge.operator.topology.Call;
import dev.selvedge.reconciler.pki.KeyAndChain;
import dev.selvedge.testing.AnyCertificate;
import dev.selvedge.testing.FreePorts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** The pinned Envoy, with a sidecar's bootstrap, against the whole server. */
@Tag("envoy")
@EnabledIf("envoyIsHere")
@Timeout(120)
final class EnvoyTest {
    private static final ObjectRef POLICY = ObjectRef.of(Kind.TRAFFIC_POLICY, "shop", "split");

    @TempDir
    Path folder;

    private final HttpClient client =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
    private final int port = FreePorts.any();
    private HttpServer application;
    private XdsFixture fixture;
    private Pod pod;
    private String token;
    private EnvoyProxy envoy;

    static boolean envoyIsHere() {
        return EnvoyProxy.isHere();
    }

    @BeforeEach
    void aProxyOfAShop() throws Exception {
        application = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        application.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        application.start();
        fixture = new XdsFixture().open();
        pod = fixture.pod("shop", "client", "buyer");
        token = fixture.token(pod);
        fixture.put(
                EnvoyResources.application(application.getAddress().getPort()),
                outbound("outbound", port),
                scope(port, "shop/a:80"),
                route("shop/a:80", "shop/a:80"),
                cluster("shop/a:80", "1s"),
                endpoints("shop/a:80", application.getAddress().getPort()));
        envoy = new EnvoyProxy(folder, fixture, token);
    }

    @AfterEach
    void stop() {
        envoy.close();
        fixture.close();
        application.stop(0);
    }

    @Test
    void the_first_request_to_a_service_succeeds() throws Exception {
        listening(port);
        assertThat(get(port)).isEqualTo(200);
        Await.until(() -> state() == State.CURRENT);
        assertThat(fixture.ledger.proxies().getFirst().version()).isEqualTo("1.40.0");
        assertThat(fixture.ledger.proxies().getFirst().pod())
                .as("the token decides, not the node id")
                .isEqualTo(pod.name());
    }

    @Test
    void a_service_that_is_called_is_reported() throws Exception {
        listening(port);
        assertThat(get(port)).isEqualTo(200);
        // Envoy leaves out what a cluster was sent before its first whole interval.
        Await.until(() -> {
            fixture.forwardReports();
            return get(port) == 200 && !fixture.calls.current().isEmpty();
        });
        assertThat(fixture.calls.current())
                .containsExactly(new Call(new ObjectName("shop", "buyer"), new ObjectName("shop", "a"), 80, true));
    }

    @Test
    void a_changed_cluster_does_not_interrupt_requests() throws Exception {
        listening(port);
        assertThat(get(port)).isEqualTo(200);
        try (var load = new Load()) {
            for (int seconds = 2; seconds <= 6; seconds++) {
                fixture.put(cluster("shop/a:80", seconds + "s"));
                load.more();
                Await.until(() -> state() == State.CURRENT);
            }
            assertThat(load.failures()).isEmpty();
        }
        // Envoy would use the old cluster while the new one warms for ever; the old endpoints then stay, too.
        var second = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        second.createContext("/", exchange -> {
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        });
        second.start();
        try {
            fixture.put(endpoints("shop/a:80", second.getAddress().getPort()));
            Await.until(() -> get(port) == 204);
        } finally {
            second.stop(0);
        }
    }

    @Test
    void a_refused_listener_leaves_the_others_and_is_reported() throws Exception {
        listening(port);
        var other = FreePorts.any();
        var origin = new Origin(POLICY, 4);
        fixture.put(refusedListener("refused", origin), outbound("other", other), scope(other, "shop/a:80"));
        Await.until(() -> state() == State.REJECTING);
        listening(other);
        assertThat(get(other)).isEqualTo(200);
        assertThat(get(port)).isEqualTo(200);
        var refusal = fixture.ledger.standing(POLICY).orElseThrow().refusal();
        assertThat(refusal).isNotNull().extracting(Summary.Refusal::resource).isEqualTo("refused");

        var nacks =
                fixture.meters.get("selvedge.xds.nacks").tag("type", "listener").counter();
        var before = nacks.count();
        var third = FreePorts.any();
        fixture.put(outbound("third", third));
        listening(third);
        assertThat(nacks.count())
                .as("what was refused is not sent again with what comes later")
                .isEqualTo(before)
                .isLessThanOrEqualTo(3);
    }

    @Test
    void a_restarted_server_interrupts_nothing_and_sends_nothing_again() throws Exception {
        var secure = FreePorts.any();
        fixture.put(tls("secure", secure));
        listening(secure);
        listening(port);
        assertThat(get(port)).isEqualTo(200);
        Await.until(() -> state() == State.CURRENT);
        var certificate = certificate(secure);
        try (var load = new Load()) {
            restart();
            load.more();
            Await.until(() -> !fixture.ledger.proxies().isEmpty());
            // A change that is acknowledged comes after everything that the proxy said when it came back.
            fixture.put(scope(1, "shop/a:80"));
            Await.until(() -> sent("scope") > 0 && state() == State.CURRENT);
            load.more();
            assertThat(load.failures()).isEmpty();
        }
        assertThat(sent("scope")).isEqualTo(1);
        for (var type : List.of("cluster", "endpoints", "listener", "route", "secret")) {
            assertThat(sent(type)).as(type).isZero();
        }
        assertThat(certificate(secure)).isEqualTo(certificate);
    }

    @Test
    void listeners_that_take_scopes_in_another_way_replace_those_of_a_running_proxy() throws Exception {
        listening(port);
        assertThat(get(port)).isEqualTo(200);
        Await.until(() -> state() == State.CURRENT);
        try (var load = new Load()) {
            fixture.mesh.put(outbound("outbound", port, "0s"));
            fixture.mesh.put(again(scope(port, "shop/a:80")));
            restart();
            Await.until(() -> server(port).equals("0s"));
            load.more();
            Await.until(() -> envoy.metric("envoy_listener_manager_total_filter_chains_draining") == 0);
            var other = FreePorts.any();
            fixture.put(outbound("other", other, "0s"), scope(other, "shop/a:80"));
            listening(other);
            assertThat(get(other)).as("the new listeners hear of new Services").isEqualTo(200);
            assertThat(load.failures()).isEmpty();
        }
    }

    private void restart() throws IOException {
        var mesh = fixture.mesh;
        var at = fixture.port();
        var issuer = fixture.issuer;
        var known = fixture.tokens;
        fixture.close();
        fixture = new XdsFixture(mesh, issuer, at);
        fixture.tokens.putAll(known);
        fixture.loop.submit(List.of(new Change.Put(pod)));
        fixture.open();
    }

    @Test
    void a_certificate_comes_by_sds_and_is_replaced_when_the_issuer_changes() throws Exception {
        var secure = FreePorts.any();
        fixture.put(tls("secure", secure));
        listening(secure);
        var first = certificate(secure);
        assertThat(first.getSubjectAlternativeNames().iterator().next().get(1))
                .isEqualTo("spiffe://cluster.local/ns/shop/sa/buyer");
        fixture.issuer = XdsFixture.newIssuer(fixture.clock);
        fixture.ads.issuerChanged();
        Await.until(() -> !certificate(secure).equals(first));
    }

    @Test
    void an_ended_issuer_ends_no_open_connection_and_the_next_one_needs_no_restart() throws Exception {
        listening(port);
        fixture.issuer = XdsFixture.newIssuer(fixture.clock, Duration.ofSeconds(6));
        var secure = FreePorts.any();
        fixture.put(tls("secure", secure));
        listening(secure);
        var caller = fixture.issuer.issueWorkload("spiffe://cluster.local/ns/shop/sa/caller", Duration.ofHours(1));
        try (var open = connect(secure, keys(caller))) {
            assertThat(answer(open)).startsWith("HTTP/1.1 200");
            fixture.apiServerAway = true;
            var end = fixture.issuer.notAfter();
            Await.until(() -> {
                fixture.ads.tick();
                return Instant.now().isAfter(end);
            });

            assertThat(certificate(secure).getNotAfter().toInstant())
                    .as("no certificate outlives its issuer")
                    .isBeforeOrEqualTo(end);
            assertThat(answer(open)).startsWith("HTTP/1.1 200");

            fixture.apiServerAway = false;
            fixture.issuer = XdsFixture.newIssuer(fixture.clock);
            fixture.ads.issuerChanged();
            Await.until(() -> certificate(secure).getNotAfter().toInstant().isAfter(Instant.now()));
            assertThat(answer(open)).startsWith("HTTP/1.1 200");
        }
    }

    @Test
    void a_key_that_the_kubelet_made_is_read_from_its_file_and_again_when_the_kubelet_replaces_it() throws Exception {
        envoy.close();
        var own = new Pod(
                pod.name(),
                pod.uid(),
                pod.ips(),
                pod.labels(),
                pod.serviceAccount(),
                pod.proxy(),
                Optional.of("node"),
                Optional.of(Duration.ofHours(24)));
        fixture.loop.submit(List.of(new Change.Put(own)));
        var mount = Path.of(XdsFixture.CREDENTIALS);
        var first = fixture.issuer.issueWorkload("spiffe://cluster.local/ns/shop/sa/buyer", Duration.ofHours(1));
        write(mount, "..1", first);
        try {
            envoy = new EnvoyProxy(folder, fixture, token);
            var secure = FreePorts.any();
            fixture.put(tls("secure", secure));
            listening(secure);
            Await.until(() -> certificate(secure).equals(first.certificate()));
            Await.until(() -> state() == State.CURRENT);

            var second = fixture.issuer.issueWorkload("spiffe://cluster.local/ns/shop/sa/buyer", Duration.ofHours(1));
            write(mount, "..2", second);
            Await.until(() -> certificate(secure).equals(second.certificate()));
        } finally {
            try (var files = Files.walk(mount)) {
                files.sorted(Comparator.reverseOrder())
                        .forEach(file -> file.toFile().delete());
            }
        }
    }

    /** As the kubelet does: all files of a volume change at once, by a link. */
    private static void write(Path mount, String version, KeyAndChain pair) throws IOException {
        Files.createDirectories(mount.resolve(version));
        Files.writeString(mount.resolve(version).resolve("bundle.pem"), pair.keyPem() + pair.chainPem());
        Files.createSymbolicLink(mount.resolve("..data_tmp"), Path.of(version));
        Files.move(mount.resolve("..data_tmp"), mount.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);
        if (Files.notExists(mount.resolve("bundle.pem"))) {
            Files.createSymbolicLink(mount.resolve("bundle.pem"), Path.of("..data/bundle.pem"));
        }
    }

    private static String answer(SSLSocket socket) throws IOException {
        socket.getOutputStream().write("HEAD / HTTP/1.1\r\nhost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        var answer = new StringBuilder();
        while (answer.indexOf("\r\n\r\n") < 0) {
            var read = socket.getInputStream().read();
            if (read < 0) {
                return "closed after " + answer;
            }
            answer.append((char) read);
        }
        return answer.toString();
    }

    @Test
    void a_request_for_a_route_that_does_not_exist_is_answered() throws Exception {
        listening(port);
        fixture.put(scope(port, "shop/none:80"));
        Await.until(() -> sent("scope") >= 2 && state() == State.CURRENT);
        assertThat(get(port)).isEqualTo(404);
    }

    private double sent(String type) {
        return fixture.meters
                .get("selvedge.xds.resources")
                .tag("type", type)
                .counter()
                .count();
    }

    private State state() {
        var proxies = fixture.ledger.proxies();
        return proxies.isEmpty() ? State.PENDING : proxies.getFirst().state();
    }

    private static void listening(int port) {
        Await.until(() -> {
            try (var _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return true;
            } catch (IOException _) {
                return false;
            }
        });
    }

    private int get(int port) throws IOException, InterruptedException {
        return response(port).statusCode();
    }

    /** What the listener calls itself. */
    private String server(int port) throws IOException, InterruptedException {
        return response(port).headers().firstValue("server").orElseThrow();
    }

    private HttpResponse<Void> response(int port) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/"))
                .timeout(Duration.ofSeconds(10))
                .build();
        return client.send(request, HttpResponse.BodyHandlers.discarding());
    }

    /** The certificate that the proxy shows. Whether to trust it is not the question here. */
    private static X509Certificate certificate(int port) throws Exception {
        try (var socket = connect(port, null)) {
            return (X509Certificate) socket.getSession().getPeerCertificates()[0];
        }
    }

    private static KeyManager[] keys(KeyAndChain pair) throws Exception {
        var store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("caller", pair.key(), new char[0], pair.chain().toArray(X509Certificate[]::new));
        var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(store, new char[0]);
        return managers.getKeyManagers();
    }

    private static SSLSocket connect(int port, KeyManager @Nullable [] keys) throws Exception {
        var context = SSLContext.getInstance("TLS");
        context.init(keys, new TrustManager[] {new AnyCertificate()}, new SecureRandom());
        var socket = (SSLSocket) context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port);
        socket.startHandshake();
        return socket;
    }

    /** Requests one after the other for as long as it is open. */
    private final class Load implements AutoCloseable {
        private final List<String> failures = new ArrayList<>();
        private final AtomicBoolean open = new AtomicBoolean(true);
        private final Thread thread = Thread.ofPlatform().start(this::run);
        private int requests;

        private void run() {
            while (open.get()) {
                String failure;
                try {
                    var code = get(port);
                    failure = code == 200 ? "" : "status " + code;
                } catch (IOException | InterruptedException e) {
                    failure = e.toString();
                }
                synchronized (this) {
                    requests++;
                    if (!failure.isEmpty()) {
                        failures.add(failure);
                    }
                }
            }
        }

        private synchronized int requests() {
            return requests;
        }

        /** Waits until some more requests have been answered. */
        void more() {
            var before = requests();
            Await.until(() -> requests() > before + 10);
        }

        synchronized List<String> failures() {
            return List.copyOf(failures);
        }

        @Override
        public void close() throws InterruptedException {
            open.set(false);
            thread.join();
        }
    }
}
