// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.envoy;

import static dev.selvedge.compiler.envoy.ShopCallers.MESH;
import static dev.selvedge.compiler.envoy.ShopCallers.REVIEWS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.selvedge.compiler.envoy.ClientServices.Members;
import dev.selvedge.compiler.model.PortTraffic;
import dev.selvedge.compiler.model.ProxyPorts;
import dev.selvedge.compiler.model.Upstream;
import dev.selvedge.compiler.resource.ResourceName;
import dev.selvedge.compiler.snapshot.Connections;
import dev.selvedge.compiler.snapshot.Connections.Upgrade;
import dev.selvedge.compiler.snapshot.Fault;
import dev.selvedge.compiler.snapshot.Mesh.AuthorizationDefault;
import dev.selvedge.compiler.snapshot.Mesh.MtlsMode;
import dev.selvedge.compiler.snapshot.StringMatch;
import dev.selvedge.compiler.snapshot.TrafficPolicy.Match;
import dev.selvedge.compiler.translate.Translate;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** HTTP/1.1 that goes between proxies as HTTP/2, and comes to the application as it was. */
@Tag("envoy")
final class UpgradeTest {
    private static final String SERVER = "spiffe://cluster.local/ns/shop/sa/server";
    private static final int INBOUND = FreePorts.any();
    private static final int INBOUND_BOTH = FreePorts.any();
    private static final int UPGRADED = FreePorts.any();
    private static final int AS_IT_IS = FreePorts.any();
    private static final int BOTH = FreePorts.any();
    private static final int SWITCHED = FreePorts.any();

    private static AdsServer ads;
    private static Http1Application application;
    private static GrpcApplication grpc;
    private static TestProxy server;
    private static TestProxy both;
    private static TestProxy client;
    private static ClientServices services;

    @BeforeAll
    static void start(@TempDir Path folder) throws IOException {
        ads = new AdsServer();
        application = new Http1Application();
        grpc = new GrpcApplication("greeter", true);
        var workload = InboundRules.workload(MtlsMode.STRICT, List.of(), List.of(), AuthorizationDefault.ALLOW);
        server = TestProxy.server(ads, MESH, folder)
                .application(Translate.staticCluster(ResourceName.INBOUND), application.port())
                .application(Translate.staticCluster(ResourceName.INBOUND_HTTP1), application.port())
                .receive(InboundRules.with(workload, INBOUND, faults()), INBOUND)
                .start();
        // What is HTTP/2 goes to a server that speaks nothing else.
        both = TestProxy.server("both", ads, MESH, folder)
                .application(Translate.staticCluster(ResourceName.INBOUND), grpc.port())
                .application(Translate.staticCluster(ResourceName.INBOUND_HTTP1), application.port())
                .receive(workload, INBOUND_BOTH)
                .start();
        client = new TestProxy(ads, "client", folder)
                .put(MESH.issue("spiffe://cluster.local/ns/shop/sa/client").secret())
                .put(MESH.trust())
                .put(Translate.staticCluster(ResourceName.BLACKHOLE));
        services = new ClientServices(client);
        service("upgraded", UPGRADED, Upgrade.HTTP2, INBOUND);
        service("as-it-is", AS_IT_IS, Upgrade.NONE, INBOUND);
        service("both", BOTH, Upgrade.HTTP2, INBOUND_BOTH);
        service("switched", SWITCHED, Upgrade.NONE, INBOUND);
        client.start();
    }

    private static void service(String name, int port, Upgrade upgrade, int inbound) {
        services.http(
                name,
                port,
                upstream(upgrade),
                List.of(ClientServices.everything(name, port, ClientServices.NO_RETRY, List.of())),
                Members.mtls(Set.of(SERVER), inbound));
    }

    private static Upstream upstream(Upgrade upgrade) {
        return Upstream.DEFAULT.with(new Connections(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(upgrade)));
    }

    private static PortTraffic faults() {
        var broken = new Match(Optional.of(new StringMatch.Exact("/broken")), Optional.empty(), List.of(), List.of());
        return new PortTraffic(
                List.of(),
                List.of(new PortTraffic.Injection(
                        "shop/chaos/broken",
                        new Fault(
                                "broken",
                                List.of(),
                                List.of(),
                                List.of(broken),
                                Optional.empty(),
                                Optional.of(new Fault.Abort(new Fault.Status.Http(418), 100)),
                                Optional.empty(),
                                Optional.empty(),
                                false))));
    }

    @AfterAll
    static void stop() throws IOException {
        assertThat(ads.rejections()).isEmpty();
        client.close();
        both.close();
        server.close();
        grpc.close();
        application.close();
        ads.close();
    }

    @Test
    void a_request_goes_by_http2_and_comes_as_it_was() {
        var answer = Call.get(UPGRADED, "/x")
                .with(ProxyPorts.PROTOCOL_HEADER, "HTTP/2")
                .plain();

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.text()).contains("get /x http/1.1\r\n").doesNotContain(ProxyPorts.PROTOCOL_HEADER);
        assertThat(protocol(UPGRADED, "/status/501")).isEqualTo("HTTP/2");
        assertThat(protocol(AS_IT_IS, "/status/502")).isEqualTo("HTTP/1.1");
    }

    /** Which version the server's proxy was spoken to in, by what it says of a request that fails. */
    private static String protocol(int port, String path) {
        Call.get(port, path).plain();
        await().until(() -> line(path).isPresent());
        return line(path).orElseThrow().replaceFirst(".*\"protocol\":\"([^\"]*)\".*", "$1");
    }

    private static Optional<String> line(String path) {
        return server.log()
                .lines()
                .filter(line -> line.contains("\"path\":\"" + path + "\""))
                .reduce((_, last) -> last);
    }

    @Test
    void http_1_0_is_served_too() throws IOException {
        try (var socket = Call.connect(UPGRADED)) {
            socket.getOutputStream().write("GET /old HTTP/1.0\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            var answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);

            assertThat(answer).contains(" 200 ").contains("get /old http/1.1\r\n");
        }
    }

    /** What one version allows and the other does not would be refused between the proxies. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /no-host HTTP/1.0|x: y",
                "GET /a?q=[1]{2}^`<>\"| HTTP/1.1|Host: x",
                "GET /\u00fc?\u00e4 HTTP/1.1|Host: x",
                "GET http://elsewhere:80/absolute HTTP/1.1|Host: x",
                "OPTIONS * HTTP/1.1|Host: x",
                "OPTIONS / HTTP/1.1|Host: x",
                "HEAD / HTTP/1.1|Host: x",
                "DELETE /x HTTP/1.1|Host: x|Content-Length: 0",
                "PURGE /x HTTP/1.1|Host: x",
                "GET / HTTP/1.1|Host: x y",
                "GET / HTTP/1.1|Host: a_b.example:80",
                "GET / HTTP/1.1|Host: x|a_b: \u00e9 \t z|!#$%&'*+-.^`~: 1|empty:",
                "GET / HTTP/1.1|Host: x|TE: trailers, deflate|Keep-Alive: 5|Proxy-Connection: keep-alive",
                "GET / HTTP/1.1|Host: x|Connection: x-hop, close|x-hop: 1",
                "GET / HTTP/1.1|Host: x|Upgrade: h2c|Connection: Upgrade, HTTP2-Settings|HTTP2-Settings: AAMAAABk",
                "GET / HTTP/1.1|Host: x|Upgrade: spdy|Connection: Upgrade",
                "GET /hop HTTP/1.1|Host: x",
                "GET /hints HTTP/1.1|Host: x",
                "GET /end HTTP/1.1|Host: x",
                "GET /status/204 HTTP/1.1|Host: x",
                "GET /status/304 HTTP/1.1|Host: x",
                "HEAD /end HTTP/1.1|Host: x",
                "CONNECT x:80 HTTP/1.1|Host: x:80"
            })
    void whatever_http_1_says_is_answered_alike(String lines) throws IOException {
        assertThat(raw(UPGRADED, lines)).isEqualTo(raw(AS_IT_IS, lines));
    }

    /** The answer without what is of this one request. */
    private static String raw(int port, String lines) throws IOException {
        try (var socket = Call.connect(port)) {
            var first = lines.substring(0, lines.lastIndexOf(" HTTP/1.") + " HTTP/1.1".length());
            socket.getOutputStream()
                    .write((first + lines.substring(first.length()).replace("|", "\r\n")
                                    + "\r\nConnection: close\r\n\r\n")
                            .getBytes(StandardCharsets.ISO_8859_1));
            return read(socket)
                    .lines()
                    .filter(line -> !line.matches("(date|x-request-id|x-envoy-.*|content-length|x-forwarded-proto):.*"))
                    .sorted()
                    .collect(Collectors.joining("\n"));
        }
    }

    /** Up to the end of the connection, whichever it is. */
    private static String read(Socket socket) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try {
            socket.getInputStream().transferTo(bytes);
        } catch (SocketException e) {
            bytes.writeBytes(e.getMessage().getBytes(StandardCharsets.US_ASCII));
        }
        return bytes.toString(StandardCharsets.ISO_8859_1);
    }

    /** HTTP/2 has no empty authority. */
    @Test
    void an_empty_host_is_refused_and_ends_no_other_request() throws IOException {
        try (var other = webSocket(UPGRADED)) {
            assertThat(raw(UPGRADED, "GET / HTTP/1.1|Host:")).contains("HTTP/1.1 502");

            assertEchoes(other, "still here.");
        }
    }

    @Test
    void two_cookie_headers_become_one() throws IOException {
        assertThat(raw(UPGRADED, "GET / HTTP/1.1|Host: x|Cookie: a=1|Cookie: b=2"))
                .contains("cookie: a=1; b=2");
    }

    @Test
    void bodies_arrive_whole_with_and_without_a_length() throws Exception {
        var bytes = new byte[20_000_000];
        try (var http =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            for (var body : List.of(
                    BodyPublishers.ofByteArray(bytes),
                    BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(bytes)))) {
                var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + UPGRADED + "/upload"))
                        .expectContinue(true)
                        .POST(body)
                        .build();

                var answer = http.send(request, BodyHandlers.ofString());

                assertThat(answer.statusCode()).isEqualTo(200);
                assertThat(answer.body()).contains("length: 20000000").doesNotContain("expect:");
            }
        }
    }

    @Test
    void a_websocket_of_http_1_1_reaches_an_application_that_knows_no_other() throws IOException {
        for (int port : List.of(UPGRADED, AS_IT_IS)) {
            try (var socket = webSocket(port)) {
                assertEchoes(socket, "one.");
                assertEchoes(socket, "two.");
            }
        }
    }

    private static Socket webSocket(int port) throws IOException {
        var socket = Call.connect(port);
        socket.getOutputStream()
                .write(("GET /socket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        assertThat(until(socket.getInputStream(), "\r\n\r\n")).startsWith("HTTP/1.1 101");
        return socket;
    }

    private static void assertEchoes(Socket socket, String word) throws IOException {
        socket.getOutputStream().write(word.getBytes(StandardCharsets.US_ASCII));
        assertThat(until(socket.getInputStream(), ".")).isEqualTo(word);
    }

    private static String until(InputStream input, String end) throws IOException {
        var text = new StringBuilder();
        while (text.indexOf(end) < 0) {
            int next = input.read();
            assertThat(next).as(text.toString()).isNotNegative();
            text.append((char) next);
        }
        return text.toString();
    }

    @Test
    void those_who_read_slowly_hold_nobody_back() throws IOException {
        var slow = new ArrayList<Socket>();
        try {
            for (int i = 0; i < 8; i++) {
                slow.add(send("GET /large HTTP/1.1\r\nHost: x\r\n\r\n", 0));
                slow.add(send("POST /stall HTTP/1.1\r\nHost: x\r\nContent-Length: 67108864\r\n\r\n", 40_000_000));
            }

            assertThat(raw(UPGRADED, "GET / HTTP/1.1|Host: x")).contains("HTTP/1.1 200");
            try (var http = HttpClient.newHttpClient()) {
                var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + UPGRADED + "/upload"))
                        .timeout(Duration.ofSeconds(10))
                        .version(HttpClient.Version.HTTP_1_1)
                        .POST(BodyPublishers.ofByteArray(new byte[1_000_000]))
                        .build();
                assertThat(http.sendAsync(request, BodyHandlers.ofString())
                                .join()
                                .body())
                        .contains("length: 1000000");
            }
        } finally {
            for (var socket : slow) {
                socket.close();
            }
        }
    }

    /** Sends as much of a body as is taken, and waits for the first byte of an answer when there is none. */
    private static Socket send(String head, int body) throws IOException {
        var socket = Call.connect(UPGRADED);
        socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
        if (body == 0) {
            socket.getInputStream().read();
            return socket;
        }
        Thread.ofVirtual().start(() -> {
            try {
                socket.getOutputStream().write(new byte[body]);
            } catch (IOException _) {
                // The test is over.
            }
        });
        return socket;
    }

    @Test
    void grpc_stays_http2_while_http_1_1_beside_it_stays_what_it_is() {
        assertThat(GrpcApplication.name(BOTH)).isEqualTo("greeter");
        assertThat(Call.get(BOTH, "/").plain().text()).contains("get / http/1.1\r\n");
        assertThat(GrpcApplication.name(BOTH)).isEqualTo("greeter");
    }

    @Test
    void a_fault_meets_requests_that_came_by_http2() {
        for (int port : List.of(UPGRADED, AS_IT_IS)) {
            assertThat(Call.get(port, "/broken").plain().status()).isEqualTo(418);
        }
    }

    /** The header decides on the version that the application is spoken to in, and on nothing else. */
    @Test
    void a_caller_that_writes_the_header_itself_changes_its_own_request_alone() {
        for (var said : List.of("HTTP/1.1", "HTTP/2", "passthrough", "HTTP/1")) {
            var answer = Call.get(INBOUND, "/")
                    .with(ProxyPorts.PROTOCOL_HEADER, said)
                    .as(REVIEWS);

            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.text()).doesNotContain(ProxyPorts.PROTOCOL_HEADER);
        }
        assertThat(Call.get(AS_IT_IS, "/")
                        .with(ProxyPorts.PROTOCOL_HEADER, "HTTP/2")
                        .plain()
                        .status())
                .isEqualTo(200);
    }

    @Test
    void no_request_fails_while_the_version_changes() throws Exception {
        var failed = new AtomicInteger();
        var sent = new AtomicInteger();
        try (var callers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int caller = 0; caller < 4; caller++) {
                callers.submit(() -> {
                    try (var connection = Call.connect(SWITCHED)) {
                        for (int i = 0; i < 1_500; i++) {
                            failed.addAndGet(
                                    Call.get(SWITCHED, "/").on(connection).status() == 200 ? 0 : 1);
                            sent.incrementAndGet();
                        }
                    }
                    return null;
                });
            }
            for (var upgrade : List.of(Upgrade.HTTP2, Upgrade.NONE, Upgrade.HTTP2, Upgrade.NONE, Upgrade.HTTP2)) {
                int before = sent.get();
                await().atMost(Duration.ofSeconds(60)).until(() -> sent.get() >= before + 600);
                change(upgrade);
            }
        }

        assertThat(failed).hasValue(0);
        assertThat(protocol(SWITCHED, "/status/504")).isEqualTo("HTTP/2");
    }

    private static void change(Upgrade upgrade) {
        services.change("switched", SWITCHED, upstream(upgrade), Members.mtls(Set.of(SERVER), INBOUND));
    }
}
