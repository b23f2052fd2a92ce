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
import static dev.selvedge.compiler.envoy.InterceptedCall.PLAINTEXT;
import static dev.selvedge.compiler.envoy.ShopCallers.LOOKALIKE;
import static dev.selvedge.compiler.envoy.ShopCallers.MESH;
import static dev.selvedge.compiler.envoy.ShopCallers.RATINGS;
import static dev.selvedge.compiler.envoy.ShopCallers.REVIEWS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.selvedge.compiler.model.WorkloadView.PortRules;
import dev.selvedge.compiler.resource.ResourceName;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy.Operation;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy.Source;
import dev.selvedge.compiler.snapshot.Mesh.AuthorizationDefault;
import dev.selvedge.compiler.snapshot.Mesh.MtlsMode;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.StringMatch;
import dev.selvedge.compiler.translate.Translate;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A caller who is refused learns nothing from a server that speaks first, and one who is allowed hears it at once. */
@Tag("envoy")
final class ServerFirstTest {
    private static final Certificates.Identity QUOTED = MESH.issue("spiffe://cluster.local/ns/shop/sa/o'brien");

    private static final String HERE = "127.0.0.1";
    private static final String NEIGHBOUR = "127.0.0.2";
    private static final String FAR = "127.9.0.1";

    private static AdsServer ads;
    private static GreetingServer server;
    private static TestProxy proxy;

    private static final int OPEN = FreePorts.any();
    private static final int ALLOW_ACCOUNT = FreePorts.any();
    private static final int ALLOW_NAMESPACE = FreePorts.any();
    private static final int DENY_ACCOUNT = FreePorts.any();
    private static final int DENY_NAMESPACE = FreePorts.any();
    private static final int DENY_PATH = FreePorts.any();
    private static final int ALLOW_PATH = FreePorts.any();
    private static final int DEFAULT_DENY = FreePorts.any();
    private static final int ALLOW_THIS_PORT = FreePorts.any();
    private static final int ALLOW_OTHER_PORT = FreePorts.any();
    private static final int BLOCKS = FreePorts.any();
    private static final int ACCOUNT_IN_BLOCK = FreePorts.any();
    private static final int PERMISSIVE_DENY = FreePorts.any();
    private static final int PERMISSIVE_BLOCKS = FreePorts.any();
    private static final int MANY = FreePorts.any();

    @BeforeAll
    static void start(@TempDir Path folder) throws IOException {
        ads = new AdsServer();
        server = new GreetingServer();
        proxy = TestProxy.server(ads, MESH, folder).put(Translate.staticCluster(ResourceName.INBOUND));
        var none = List.<PortRules>of();
        strict(OPEN, none, none);
        strict(ALLOW_ACCOUNT, none, allows(rule("x", List.of(accounts("shop", "reviews")))));
        strict(ALLOW_NAMESPACE, none, allows(rule("x", List.of(namespaces("shop")))));
        strict(DENY_ACCOUNT, denies(rule("x", List.of(accounts("shop", "ratings")))), none);
        strict(DENY_NAMESPACE, denies(rule("x", List.of(namespaces("shop-2")))), none);
        strict(DENY_PATH, denies(rule("x", to(paths(new StringMatch.Prefix("/admin"))))), none);
        strict(ALLOW_PATH, none, allows(rule("x", to(paths(new StringMatch.Prefix("/admin"))))));
        listen(DEFAULT_DENY, MtlsMode.PERMISSIVE, none, none, AuthorizationDefault.DENY);
        strict(ALLOW_THIS_PORT, none, allows(rule("x", new Operation(List.of(server.port()), List.of(), List.of()))));
        strict(ALLOW_OTHER_PORT, none, List.of(policy("x", List.of(9), rule("x", List.of(namespaces("none"))))));
        var nearButNotTheNeighbour = List.of(blocks("127.0.0.0/16"));
        listen(
                BLOCKS,
                MtlsMode.STRICT,
                denies(rule("neighbour", List.of(blocks(NEIGHBOUR + "/32")))),
                allows(rule("near", nearButNotTheNeighbour)),
                AuthorizationDefault.ALLOW);
        listen(
                ACCOUNT_IN_BLOCK,
                MtlsMode.STRICT,
                none,
                allows(rule(
                        "x",
                        List.of(new Source(
                                List.of(new ObjectName("shop", "reviews")), List.of(), List.of("127.0.0.0/16"))))),
                AuthorizationDefault.ALLOW);
        listen(
                PERMISSIVE_DENY,
                MtlsMode.PERMISSIVE,
                denies(rule("x", List.of(accounts("shop", "ratings")))),
                none,
                AuthorizationDefault.ALLOW);
        listen(
                PERMISSIVE_BLOCKS,
                MtlsMode.PERMISSIVE,
                denies(rule("neighbour", List.of(blocks(NEIGHBOUR + "/32")))),
                allows(rule("near", nearButNotTheNeighbour)),
                AuthorizationDefault.ALLOW);
        strict(MANY, none, allows(rule("x", manyAccounts())));
        proxy.start();
    }

    private static List<Source> manyAccounts() {
        var accounts = IntStream.rangeClosed(1, 500)
                .mapToObj(i -> new ObjectName("shop", i == 500 ? "reviews" : "account-" + i))
                .toList();
        return List.of(new Source(accounts, List.of(), List.of()));
    }

    @AfterAll
    static void stop() {
        proxy.close();
        server.close();
        ads.close();
    }

    @Test
    void envoy_took_every_listener() {
        assertThat(ads.rejections()).isEmpty();
    }

    @Test
    void without_rules_everybody_of_the_mesh_is_served() {
        assertServed(OPEN, HERE, REVIEWS);
        assertRefused(OPEN, HERE, PLAINTEXT);
    }

    @Test
    void an_allowed_identity_is_served_and_no_other() {
        assertServed(ALLOW_ACCOUNT, HERE, REVIEWS);
        assertRefused(ALLOW_ACCOUNT, HERE, RATINGS);
        assertRefused(ALLOW_ACCOUNT, HERE, LOOKALIKE);
        assertServed(ALLOW_NAMESPACE, HERE, RATINGS);
        assertServed(ALLOW_NAMESPACE, HERE, QUOTED);
        assertRefused(ALLOW_NAMESPACE, HERE, LOOKALIKE);
        assertServed(MANY, HERE, REVIEWS);
        assertRefused(MANY, HERE, RATINGS);
    }

    @Test
    void a_denied_identity_is_refused_and_no_other() {
        assertRefused(DENY_ACCOUNT, HERE, RATINGS);
        assertServed(DENY_ACCOUNT, HERE, REVIEWS);
        assertRefused(DENY_NAMESPACE, HERE, LOOKALIKE);
        assertServed(DENY_NAMESPACE, HERE, RATINGS);
    }

    @Test
    void what_only_http_can_tell_denies_and_never_allows() {
        assertRefused(DENY_PATH, HERE, REVIEWS);
        assertRefused(ALLOW_PATH, HERE, REVIEWS);
    }

    @Test
    void the_default_of_the_mesh_holds() {
        assertRefused(DEFAULT_DENY, HERE, REVIEWS);
        assertRefused(DEFAULT_DENY, HERE, PLAINTEXT);
    }

    @Test
    void ports_are_told_apart() {
        assertServed(ALLOW_THIS_PORT, HERE, REVIEWS);
        assertServed(ALLOW_OTHER_PORT, HERE, REVIEWS);
    }

    @Test
    void ranges_of_addresses_are_told_apart() {
        assertServed(BLOCKS, HERE, REVIEWS);
        assertRefused(BLOCKS, NEIGHBOUR, REVIEWS);
        assertRefused(BLOCKS, FAR, REVIEWS);
        assertServed(ACCOUNT_IN_BLOCK, HERE, REVIEWS);
        assertRefused(ACCOUNT_IN_BLOCK, HERE, RATINGS);
        assertRefused(ACCOUNT_IN_BLOCK, FAR, REVIEWS);
    }

    @Test
    void callers_without_an_identity_are_decided_by_their_address_alone() {
        assertRefused(PERMISSIVE_DENY, HERE, PLAINTEXT);
        assertServed(PERMISSIVE_DENY, HERE, REVIEWS);
        assertServed(PERMISSIVE_BLOCKS, HERE, PLAINTEXT);
        assertRefused(PERMISSIVE_BLOCKS, NEIGHBOUR, PLAINTEXT);
        assertRefused(PERMISSIVE_BLOCKS, FAR, PLAINTEXT);
    }

    @Test
    void a_client_may_speak_first_too() throws IOException {
        var call = new InterceptedCall(ALLOW_ACCOUNT, HERE, server.port());

        assertThat(call.speakFirst(REVIEWS)).isEqualTo(GreetingServer.GREETING + "you said hello\n");
        assertThat(call.speakFirst(RATINGS)).isEmpty();
    }

    @Test
    void refusals_are_logged_with_who_and_why() {
        assertRefused(BLOCKS, NEIGHBOUR, RATINGS);
        assertRefused(ALLOW_ACCOUNT, HERE, LOOKALIKE);

        await().untilAsserted(() -> assertThat(proxy.log().lines())
                .anySatisfy(line -> assertThat(line)
                        .contains(RATINGS.spiffeId(), "\"authorization\":\"denied by shop/rules/neighbour\""))
                .anySatisfy(line ->
                        assertThat(line).contains(LOOKALIKE.spiffeId(), "\"authorization\":\"no rule allows it\"")));
    }

    private static void assertServed(int port, String from, Certificates.Identity caller) {
        var heard = new InterceptedCall(port, from, server.port()).listen(caller);

        assertThat(heard.text())
                .as(() -> heard.end() + "; the proxy says: " + proxy.log())
                .isEqualTo(GreetingServer.GREETING + "you said hello\n");
        // Without TLS the proxy waits a moment whether the client speaks: it might be TLS.
        assertThat(heard.firstByteAfter()).isLessThan(Duration.ofMillis(caller == PLAINTEXT ? 5_000 : 900));
    }

    private static void assertRefused(int port, String from, Certificates.Identity caller) {
        int before = server.connections();

        assertThat(new InterceptedCall(port, from, server.port()).listen(caller).text())
                .isEmpty();
        assertThat(server.connections()).isEqualTo(before);
    }

    private static void strict(int port, List<PortRules> deny, List<PortRules> allow) {
        listen(port, MtlsMode.STRICT, deny, allow, AuthorizationDefault.ALLOW);
    }

    private static void listen(
            int port, MtlsMode mtls, List<PortRules> deny, List<PortRules> allow, AuthorizationDefault byDefault) {
        var workload = InboundRules.workload(mtls, deny, allow, byDefault);
        proxy.intercept(Translate.inboundListener(workload), port).rules(workload, port);
    }
}
