// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.envoy;

import static dev.selvedge.compiler.envoy.InboundRules.accounts;
import static dev.selvedge.compiler.envoy.InboundRules.allows;
import static dev.selvedge.compiler.envoy.InboundRules.blocks;
import static dev.selvedge.compiler.envoy.InboundRules.denies;
import static dev.selvedge.compiler.envoy.InboundRules.namespaces;
import static dev.selvedge.compiler.envoy.InboundRules.paths;
import static dev.selvedge.compiler.envoy.InboundRules.policy;
import static dev.selvedge.compiler.envoy.InboundRules.rule;
import static dev.selvedge.compiler.envoy.InboundRules.to;
import static dev.selvedge.compiler.envoy.ShopCallers.LOOKALIKE;
import static dev.selvedge.compiler.envoy.ShopCallers.MESH;
import static dev.selvedge.compiler.envoy.ShopCallers.RATINGS;
import static dev.selvedge.compiler.envoy.ShopCallers.REVIEWS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.selvedge.compiler.model.ProxyPorts;
import dev.selvedge.compiler.model.WorkloadView.PortRules;
import dev.selvedge.compiler.resource.ResourceName;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy.Operation;
import dev.selvedge.compiler.snapshot.Mesh.AuthorizationDefault;
import dev.selvedge.compiler.snapshot.Mesh.MtlsMode;
import dev.selvedge.compiler.snapshot.StringMatch;
import dev.selvedge.compiler.translate.Translate;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a proxy lets in to its application, and what it tells it of the caller. */
@Tag("envoy")
final class InboundTest {
    private static final int OPEN = FreePorts.any();
    private static final int PERMISSIVE = FreePorts.any();
    private static final int DENY_ADMIN = FreePorts.any();
    private static final int ALLOW_PUBLIC = FreePorts.any();
    private static final int ALLOW_NAMESPACE = FreePorts.any();
    private static final int ALLOW_OTHER_PORT = FreePorts.any();
    private static final int DEFAULT_DENY = FreePorts.any();
    private static final int IP_BLOCKS = FreePorts.any();
    private static final int DENY_REVIEWS = FreePorts.any();

    private static AdsServer ads;
    private static Application application;
    private static TestProxy proxy;

    @BeforeAll
    static void start(@TempDir Path folder) throws IOException {
        ads = new AdsServer();
        application = new Application("ratings");
        proxy = TestProxy.server(ads, MESH, folder)
                .application(Translate.staticCluster(ResourceName.INBOUND), application.port());
        listen(OPEN, MtlsMode.STRICT, List.of(), List.of(), AuthorizationDefault.ALLOW);
        listen(PERMISSIVE, MtlsMode.PERMISSIVE, List.of(), List.of(), AuthorizationDefault.ALLOW);
        listen(DENY_ADMIN, denies(rule("admin", to(paths(new StringMatch.Prefix("/admin"))))), List.of());
        listen(
                ALLOW_PUBLIC,
                List.of(),
                allows(rule(
                        "read",
                        List.of(accounts("shop", "reviews")),
                        new Operation(List.of(), List.of("GET"), List.of(new StringMatch.Prefix("/public/"))))));
        listen(ALLOW_NAMESPACE, List.of(), allows(rule("shop", List.of(namespaces("shop")))));
        listen(
                ALLOW_OTHER_PORT,
                List.of(),
                List.of(policy("only-9999", List.of(9999), rule("nobody-here", List.of(namespaces("none"))))));
        listen(DEFAULT_DENY, MtlsMode.STRICT, List.of(), List.of(), AuthorizationDefault.DENY);
        listen(
                IP_BLOCKS,
                denies(rule("not-ten", List.of(blocks("10.0.0.0/8", "fd00::/8")))),
                allows(rule("loopback", List.of(blocks("127.0.0.0/8")))));
        listen(
                DENY_REVIEWS,
                MtlsMode.PERMISSIVE,
                denies(rule("reviews", List.of(accounts("shop", "reviews")))),
                List.of(),
                AuthorizationDefault.ALLOW);
        proxy.start();
    }

    @AfterAll
    static void stop() {
        proxy.close();
        application.close();
        ads.close();
    }

    @Test
    void envoy_took_every_listener() {
        assertThat(ads.rejections()).isEmpty();
    }

    @Test
    void the_application_learns_who_called_and_cannot_be_lied_to() {
        var answer = Call.get(OPEN, "/x")
                .with("x-forwarded-client-cert", "URI=spiffe://cluster.local/ns/shop/sa/forged")
                .with("x-envoy-max-retries", "9")
                .with(ProxyPorts.DESTINATION_HEADER, "10.0.0.1:80")
                .as(REVIEWS);

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.text()).contains("URI=" + REVIEWS.spiffeId()).contains("the-application");
        assertThat(answer.text()).doesNotContain("forged", "x-envoy", ProxyPorts.DESTINATION_HEADER);
    }

    @Test
    void strict_takes_nothing_but_mtls_of_this_mesh() {
        var stranger = new Certificates("cluster.local").issue(REVIEWS.spiffeId());
        var otherDomain = MESH.issue("spiffe://other.test/ns/shop/sa/reviews");

        assertThat(Call.get(OPEN, "/").as(REVIEWS).status()).isEqualTo(200);
        assertThat(Call.get(OPEN, "/").plain().status()).isZero();
        assertThat(Call.get(OPEN, "/").as(stranger).status()).isZero();
        assertThat(Call.get(OPEN, "/").as(otherDomain).status()).isZero();
        assertThat(Call.get(OPEN, "/").as(REVIEWS, "http/1.1", "TLSv1.3").status())
                .isZero();
        assertThat(Call.get(OPEN, "/")
                        .as(REVIEWS, ProxyPorts.ALPN_HTTP, "TLSv1.2")
                        .status())
                .isZero();
    }

    @Test
    void permissive_takes_plaintext_but_no_claims_of_identity_in_it() {
        var answer = Call.get(PERMISSIVE, "/")
                .with("x-forwarded-client-cert", "URI=spiffe://cluster.local/ns/shop/sa/forged")
                .plain();

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.text()).doesNotContain("forged");
        assertThat(Call.get(PERMISSIVE, "/").as(REVIEWS).text()).contains(REVIEWS.spiffeId());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/admin",
                "/admin/",
                "/admin/users?x=1",
                "//admin",
                "/./admin",
                "/x/../admin",
                "/x/%2e%2e/admin",
                "/x/%2E./admin",
                "/%61dmin",
                "/a%64min/users",
                "/\\admin",
                "http://service/admin",
                "/x/..;/admin",
                "/;/admin",
                "/admin;jsessionid=1",
                "/x/..%2fadmin",
                "/%2Fadmin",
                "/x%5c..%5cadmin",
                "/%252e%252e/admin",
                "/admin%3bx",
            })
    void a_denied_path_is_denied_however_it_is_written(String path) {
        var answer = Call.get(DENY_ADMIN, path).as(REVIEWS);

        assertThat(answer.status()).isEqualTo(403);
        assertThat(answer.text())
                .contains("application/json")
                .contains("rbac_access_denied_matched_policy[shop/rules/admin]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/administrators", "/x/admin", "/ADMIN", "/a?next=/admin", "/x%20y"})
    void other_paths_are_served(String path) {
        assertThat(Call.get(DENY_ADMIN, path).as(REVIEWS).status()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/admin#fragment", "/#/../admin", "/admin%00", "admin"})
    void malformed_paths_are_refused(String path) {
        assertThat(Call.get(DENY_ADMIN, path).as(REVIEWS).status()).isEqualTo(400);
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /public, 200",
        "GET, /public/, 200",
        "GET, /public/x?y=1, 200",
        "GET, //public//x, 200",
        "GET, /publicity, 403",
        "GET, /PUBLIC/x, 403",
        "GET, /, 403",
        "GET, /public/../admin, 403",
        "GET, /public/%2e%2e/admin, 403",
        "GET, /public/..;/admin, 403",
        "GET, /public/..%2fadmin, 403",
        "GET, /public/..%5Cadmin, 403",
        "GET, /public/%252e%252e/admin, 403",
        "POST, /public/x, 403",
        "HEAD, /public/x, 403",
    })
    void an_allowed_path_and_method_opens_nothing_else(String method, String path, int status) {
        assertThat(Call.get(ALLOW_PUBLIC, path).method(method).as(REVIEWS).status())
                .isEqualTo(status);
    }

    @Test
    void an_allowed_account_is_exactly_that_account() {
        assertThat(Call.get(ALLOW_PUBLIC, "/public/x").as(RATINGS).status()).isEqualTo(403);
        assertThat(Call.get(ALLOW_PUBLIC, "/public/x").as(LOOKALIKE).status()).isEqualTo(403);
    }

    @Test
    void an_allowed_namespace_is_exactly_that_namespace() {
        assertThat(Call.get(ALLOW_NAMESPACE, "/").as(REVIEWS).status()).isEqualTo(200);
        assertThat(Call.get(ALLOW_NAMESPACE, "/").as(LOOKALIKE).status()).isEqualTo(403);
    }

    @Test
    void ports_that_no_allow_speaks_for_follow_the_mesh_default() {
        assertThat(Call.get(ALLOW_OTHER_PORT, "/").as(REVIEWS).status()).isEqualTo(200);
        assertThat(Call.get(DEFAULT_DENY, "/").as(REVIEWS).status()).isEqualTo(403);
    }

    @Test
    void addresses_are_those_of_the_connection() {
        var answer =
                Call.get(IP_BLOCKS, "/").with("x-forwarded-for", "10.1.1.1").as(REVIEWS);

        assertThat(answer.status()).isEqualTo(200);
    }

    @Test
    void a_deny_of_an_identity_holds_for_callers_without_one() {
        assertThat(Call.get(DENY_REVIEWS, "/").as(REVIEWS).status()).isEqualTo(403);
        assertThat(Call.get(DENY_REVIEWS, "/").as(RATINGS).status()).isEqualTo(200);
        assertThat(Call.get(DENY_REVIEWS, "/").plain().status()).isEqualTo(403);
    }

    @Test
    void without_http_a_rule_about_paths_denies_and_never_allows() throws IOException {
        assertThat(tcp(OPEN, REVIEWS)).startsWith("HTTP/1.1 200");
        assertThat(tcp(DENY_ADMIN, REVIEWS)).isEmpty();
        assertThat(tcp(ALLOW_PUBLIC, REVIEWS)).isEmpty();
        assertThat(tcp(ALLOW_NAMESPACE, REVIEWS)).startsWith("HTTP/1.1 200");
        assertThat(tcp(ALLOW_NAMESPACE, LOOKALIKE)).isEmpty();
    }

    @Test
    void refusals_are_logged_with_who_and_why() throws IOException {
        Call.get(DENY_ADMIN, "/admin/logged").as(RATINGS);
        tcp(ALLOW_NAMESPACE, LOOKALIKE);

        await().untilAsserted(() -> {
            assertThat(proxy.log().lines())
                    .anySatisfy(line -> assertThat(line)
                            .contains(
                                    "\"path\":\"/admin/logged\"",
                                    RATINGS.spiffeId(),
                                    "[shop/rules/admin]",
                                    "\"status\":403"))
                    .anySatisfy(line ->
                            assertThat(line).contains(LOOKALIKE.spiffeId(), "rbac_access_denied", "\"termination\""));
        });
    }

    private static String tcp(int port, Certificates.Identity identity) throws IOException {
        try (var socket = Call.tls(port, identity, ProxyPorts.ALPN_TCP, "TLSv1.3")) {
            socket.getOutputStream()
                    .write("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".getBytes(StandardCharsets.UTF_8));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static void listen(int port, List<PortRules> deny, List<PortRules> allow) {
        listen(port, MtlsMode.STRICT, deny, allow, AuthorizationDefault.ALLOW);
    }

    private static void listen(
            int port, MtlsMode mtls, List<PortRules> deny, List<PortRules> allow, AuthorizationDefault byDefault) {
        proxy.receive(InboundRules.workload(mtls, deny, allow, byDefault), port);
    }
}
