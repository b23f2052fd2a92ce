// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.envoy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.selvedge.compiler.envoy.ClientServices.Members;
import dev.selvedge.compiler.envoy.ClientServices.Routes;
import dev.selvedge.compiler.model.AppProtocol;
import dev.selvedge.compiler.model.DestinationView;
import dev.selvedge.compiler.model.ProxyPorts;
import dev.selvedge.compiler.model.ServiceView.Backend;
import dev.selvedge.compiler.model.ServiceView.ClusterName;
import dev.selvedge.compiler.model.ServiceView.Port;
import dev.selvedge.compiler.model.ServiceView.Retry;
import dev.selvedge.compiler.model.ServiceView.Route;
import dev.selvedge.compiler.model.Upstream;
import dev.selvedge.compiler.model.WorkloadView;
import dev.selvedge.compiler.resource.ResourceName;
import dev.selvedge.compiler.resource.ResourceType;
import dev.selvedge.compiler.snapshot.Mesh;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.StringMatch;
import dev.selvedge.compiler.snapshot.TrafficPolicy.Field;
import dev.selvedge.compiler.snapshot.TrafficPolicy.Match;
import dev.selvedge.compiler.snapshot.TrafficPolicy.RetryOn;
import dev.selvedge.compiler.snapshot.TrustDomains;
import dev.selvedge.compiler.translate.Translate;
import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a client's proxy does with a request to a Service, with the proxy of the server at the other end. */
@Tag("envoy")
final class OutboundTest {
    private static final Certificates AUTHORITY = new Certificates("cluster.local");
    private static final String SERVER = "spiffe://cluster.local/ns/shop/sa/ratings";
    private static final String CLIENT = "spiffe://cluster.local/ns/shop/sa/reviews";

    private static final int INBOUND = FreePorts.any();
    private static final int HTTP = FreePorts.any();
    private static final int IMPOSTOR = FreePorts.any();
    private static final int NOBODY = FreePorts.any();
    private static final int LAZY = FreePorts.any();
    private static final int ENDING = FreePorts.any();
    private static final int TCP = FreePorts.any();
    private static final int OPAQUE = FreePorts.any();
    private static final int POD = FreePorts.any();
    private static final int REFUSED = FreePorts.any();
    private static final int OUTSIDE = FreePorts.any();
    private static final int CLOSED = FreePorts.any();

    private static final ClusterName MESHED = ClientServices.cluster("ratings", HTTP);
    private static final ClusterName PLAIN = ClientServices.cluster("ratings", HTTP, "plain");

    private static AdsServer ads;
    private static Application meshed;
    private static Application plain;
    private static TestProxy server;
    private static TestProxy client;

    @BeforeAll
    static void start(@TempDir Path folder) throws IOException {
        ads = new AdsServer();
        meshed = new Application("meshed");
        plain = new Application("plain");
        server = new TestProxy(ads, "server", folder)
                .put(AUTHORITY.issue(SERVER).secret())
                .put(AUTHORITY.trust())
                .put(Translate.staticCluster(ResourceName.BLACKHOLE))
                .application(Translate.staticCluster(ResourceName.INBOUND), meshed.port())
                .receive(workload(), INBOUND)
                .start();
        client = new TestProxy(ads, "client", folder)
                .put(AUTHORITY.issue(CLIENT).secret())
                .put(AUTHORITY.trust())
                .put(Translate.staticCluster(ResourceName.BLACKHOLE));
        http(new ClientServices(client));
        tcp(new ClientServices(client));
        client.start();
    }

    private static void http(ClientServices services) {
        var server = Members.mtls(Set.of(SERVER), INBOUND);
        services.http("ratings", HTTP, routes(), server, Members.plaintext("plain", plain.port()));
        services.http("impostor", IMPOSTOR, all("impostor", IMPOSTOR), Members.mtls(Set.of(CLIENT), INBOUND));
        services.http("nobody", NOBODY, all("nobody", NOBODY), Members.mtls(Set.of(), INBOUND));
        services.http("lazy", LAZY, all("lazy", LAZY), server);
        services.http(
                "ending",
                ENDING,
                all("ending", ENDING),
                new Members(
                        server.pool(),
                        List.of(Members.endpoint(plain.port(), false, true), Members.endpoint(INBOUND, true, false))));
    }

    private static void tcp(ClientServices services) {
        var members = Members.mtls(Set.of(SERVER), INBOUND);
        var service = new DestinationView.ServicePort(
                ClientServices.cluster("ratings", HTTP), members.pool(), Upstream.DEFAULT, new TreeSet<>());
        services.tcp(TCP, service, members.endpoints());
        services.tcp(OPAQUE, service, members.endpoints());
        services.tcp(
                POD,
                new DestinationView.MeshPod(
                        new ObjectName("shop", "ratings-1"), "127.0.0.1", INBOUND, new TreeSet<>(Set.of(SERVER))),
                List.of());
        services.tcp(REFUSED, new DestinationView.Refused("egress is closed"), List.of());
        for (int port : List.of(TCP, POD, REFUSED)) {
            client.listen(Translate.outboundListener(ClientServices.MESH, ClientServices.INSIDE, List.of()), port);
        }
        client.application(Translate.staticCluster(ResourceName.PASSTHROUGH), plain.port())
                .intercept(Translate.outboundListener(ClientServices.MESH, ClientServices.INSIDE, List.of()), OUTSIDE)
                .intercept(Translate.outboundListener(closed(), ClientServices.INSIDE, List.of()), CLOSED);
        var port = new Port(
                OPAQUE,
                AppProtocol.OPAQUE,
                List.of(),
                List.of(members.pool()),
                Optional.empty(),
                Upstream.DEFAULT,
                new TreeSet<>());
        client.listen(Translate.opaqueListener(port, "127.0.0.1"), OPAQUE);
    }

    @AfterAll
    static void stop() {
        client.close();
        server.close();
        plain.close();
        meshed.close();
        ads.close();
    }

    @Test
    void routes_are_fetched_with_the_first_request() {
        var routes = "shop/lazy:" + LAZY;
        assertThat(ads.subscriptions("client", ResourceType.ROUTE.typeUrl())).doesNotContain(routes);

        assertThat(Call.get(LAZY, "/").plain().status()).isEqualTo(200);

        assertThat(ads.subscriptions("client", ResourceType.ROUTE.typeUrl())).contains(routes);
        assertThat(ads.rejections()).isEmpty();
    }

    @Test
    void an_ending_endpoint_gets_nothing_while_another_is_left() {
        for (int i = 0; i < 20; i++) {
            assertThat(routed(Call.get(ENDING, "/"))).isEqualTo("meshed");
        }
    }

    @Test
    void the_caller_is_authenticated_at_the_other_end() {
        assertThat(Call.get(HTTP, "/").plain().text())
                .contains("URI=spiffe://cluster.local/ns/shop/sa/reviews", "the-application");
    }

    @Test
    void what_the_application_claims_in_internal_headers_is_dropped() {
        var answer = Call.get(HTTP, "/")
                .with(ProxyPorts.DESTINATION_HEADER, "127.0.0.1:" + IMPOSTOR)
                .with("x-forwarded-client-cert", "URI=forged")
                .with("x-envoy-upstream-rq-timeout-ms", "1")
                .with("x-custom", "kept")
                .plain();

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.text()).contains("x-custom: kept", "x-request-id");
        assertThat(answer.text()).doesNotContain("forged", "x-envoy", ProxyPorts.DESTINATION_HEADER);
    }

    @Test
    void a_server_with_another_identity_gets_no_request() {
        int before = meshed.requests();

        assertThat(Call.get(IMPOSTOR, "/").plain().status()).isEqualTo(503);
        assertThat(Call.get(NOBODY, "/").plain().status()).isEqualTo(503);
        assertThat(meshed.requests()).isEqualTo(before);
    }

    @Test
    void requests_are_shared_by_weight_over_mtls_and_plaintext() {
        int meshedBefore = meshed.requests();
        int plainBefore = plain.requests();

        for (int i = 0; i < 400; i++) {
            Call.get(HTTP, "/split").plain();
        }

        assertThat(meshed.requests() - meshedBefore).isCloseTo(360, within(25));
        assertThat(plain.requests() - plainBefore).isCloseTo(40, within(25));
    }

    @Test
    void a_backend_that_does_not_exist_keeps_its_share_and_answers_500() {
        int failed = 0;
        for (int i = 0; i < 100; i++) {
            int status = Call.get(HTTP, "/half").plain().status();
            assertThat(status).isIn(200, 500);
            failed += status == 500 ? 1 : 0;
        }

        assertThat(failed).isBetween(25, 75);
        var answer = Call.get(HTTP, "/nowhere").plain();
        assertThat(answer.status()).isEqualTo(500);
        assertThat(answer.text()).contains("Service shop/gone does not exist");
        assertThat(Call.get(HTTP, "/none").plain().status()).isEqualTo(500);
    }

    @Test
    void matches_decide_by_path_header_method_and_query() {
        assertThat(routed(Call.get(HTTP, "/exact"))).isEqualTo("plain");
        assertThat(routed(Call.get(HTTP, "/exact/"))).isEqualTo("meshed");
        assertThat(routed(Call.get(HTTP, "/pre"))).isEqualTo("plain");
        assertThat(routed(Call.get(HTTP, "/pre/x"))).isEqualTo("plain");
        assertThat(routed(Call.get(HTTP, "/prefix"))).isEqualTo("meshed");
        assertThat(routed(Call.get(HTTP, "/v12/x"))).isEqualTo("plain");
        assertThat(routed(Call.get(HTTP, "/y/v12/x"))).isEqualTo("meshed");
        assertThat(routed(Call.get(HTTP, "/").with("x-user", "alice"))).isEqualTo("plain");
        assertThat(routed(Call.get(HTTP, "/").with("x-user", "alicia"))).isEqualTo("meshed");
        assertThat(routed(Call.get(HTTP, "/").method("PUT"))).isEqualTo("plain");
        assertThat(routed(Call.get(HTTP, "/?beta=1"))).isEqualTo("plain");
        assertThat(routed(Call.get(HTTP, "/?alpha=1"))).isEqualTo("meshed");
    }

    @Test
    void a_slow_answer_is_cut_at_the_timeout_and_only_there() {
        assertThat(Call.get(HTTP, "/slow/limited").plain().status()).isEqualTo(504);
        assertThat(Call.get(HTTP, "/slow/unlimited").plain().status()).isEqualTo(200);
    }

    @Test
    void a_failed_request_is_tried_again_for_the_methods_that_allow_it() {
        assertThat(Call.get(HTTP, "/flaky/2").plain().status()).isEqualTo(200);
        assertThat(Call.get(HTTP, "/flaky/1").method("DELETE").plain().status()).isEqualTo(503);
    }

    @Test
    void connections_that_are_not_http_find_their_cluster_by_address() {
        assertThat(Call.get(TCP, "/").plain().status()).isEqualTo(200);
        assertThat(Call.get(OPAQUE, "/").plain().status()).isEqualTo(200);
        assertThat(Call.get(POD, "/").plain().status()).isEqualTo(200);
        assertThat(Call.get(REFUSED, "/").plain().status()).isZero();
        assertThat(ads.subscriptions("client", ResourceType.CLUSTER.typeUrl()))
                .contains("tcp|127.0.0.1:" + TCP, "tcp|127.0.0.1:" + OPAQUE, "tcp|127.0.0.1:" + REFUSED);
    }

    @Test
    void addresses_outside_of_the_cluster_need_no_cluster_each() throws IOException {
        assertThat(calling("203.0.113.7", OUTSIDE)).startsWith("HTTP/1.1 200");
        assertThat(calling("203.0.113.7", CLOSED)).isEmpty();
        // The compiler says what stands behind an address that may be inside; here it says nothing.
        assertThat(calling("10.1.2.3", OUTSIDE)).isEmpty();

        assertThat(ads.subscriptions("client", ResourceType.CLUSTER.typeUrl()))
                .contains("tcp|10.1.2.3:80")
                .doesNotContain("tcp|203.0.113.7:80");
    }

    /** What a connection to that address and port 80 says when it is redirected to a listener. */
    private static String calling(String address, int listener) throws IOException {
        try (var socket = Call.connect(listener)) {
            socket.getOutputStream()
                    .write(("PROXY TCP4 127.0.0.1 " + address + " 1000 80\r\n"
                                    + "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                            .getBytes(StandardCharsets.UTF_8));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (SocketException _) {
            return "";
        }
    }

    private static Mesh closed() {
        var open = ClientServices.MESH;
        return new Mesh(
                open.meta(),
                open.trustDomains(),
                open.members(),
                open.mtls(),
                Mesh.EgressMode.DENY,
                open.authorization(),
                open.serviceCidrs());
    }

    private static String routed(Call call) {
        var body = call.plain().text();
        return body.substring(body.indexOf("\r\n\r\n") + 4).split(" ", 2)[0];
    }

    static List<Route> all(String service, int port) {
        return new Routes()
                .add("all", List.of(), ClientServices.to(ClientServices.cluster(service, port), 1))
                .list();
    }

    private static List<Route> routes() {
        var toMeshed = ClientServices.to(MESHED, 1);
        var toPlain = ClientServices.to(PLAIN, 1);
        var gone = new Backend.Invalid(1, "Service shop/gone does not exist");
        var retry = new Retry(
                3,
                List.of(RetryOn.GATEWAY_ERROR, RetryOn.CONNECT_FAILURE),
                List.of("GET"),
                Optional.empty(),
                Optional.empty());
        return new Routes()
                .add("split", path("/split"), ClientServices.to(MESHED, 90), ClientServices.to(PLAIN, 10))
                .add("half", path("/half"), toMeshed, gone)
                .add("gone", path("/nowhere"), gone)
                .add("none", path("/none"))
                .add("exact", List.of(match(new StringMatch.Exact("/exact"))), toPlain)
                .add("prefix", path("/pre/"), toPlain)
                .add("regex", List.of(match(new StringMatch.Regex("/v[0-9]+/.*"))), toPlain)
                .add("header-or-query", List.of(header("x-user", "alice"), query("beta")), toPlain)
                .add("method", List.of(method("PUT")), toPlain)
                .add("limited", path("/slow/limited"), Optional.of(Duration.ofMillis(500)), retry, toMeshed)
                .add("flaky", path("/flaky"), Optional.empty(), retry, toMeshed)
                .add("all", List.of(), toMeshed)
                .list();
    }

    private static List<Match> path(String prefix) {
        return List.of(match(new StringMatch.Prefix(prefix)));
    }

    private static Match match(StringMatch path) {
        return new Match(Optional.of(path), Optional.empty(), List.of(), List.of());
    }

    private static Match method(String method) {
        return new Match(Optional.empty(), Optional.of(method), List.of(), List.of());
    }

    private static Match header(String name, String value) {
        return new Match(
                Optional.empty(), Optional.empty(), List.of(new Field(name, new StringMatch.Exact(value))), List.of());
    }

    private static Match query(String name) {
        return new Match(
                Optional.empty(), Optional.empty(), List.of(), List.of(new Field(name, new StringMatch.Present())));
    }

    private static WorkloadView workload() {
        return new WorkloadView(
                new ObjectName("shop", "ratings-1"),
                SERVER,
                TrustDomains.of("cluster.local"),
                Mesh.MtlsMode.STRICT,
                List.of(),
                List.of(),
                Mesh.AuthorizationDefault.ALLOW,
                new TreeMap<>(),
                new TreeSet<>(),
                new TreeSet<>(),
                Optional.empty());
    }
}
