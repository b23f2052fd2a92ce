// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What others may provide, and what is refused with which words. */
final class ProvidedIssuerTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final Clock CLOCK = Clock.fixed(NOW, ZoneOffset.UTC);
    private static final ProvidedIssuer.Names NAMES =
            new ProvidedIssuer.Names(new TreeSet<>(List.of("cluster.local")), List.of("selvedge.selvedge-system.svc"));

    private final Authorities.Made root = Authorities.root("root");
    private final Authorities.Made issuer = root.signs("issuer").make();

    @Test
    void an_issuer_with_its_anchor_is_taken() {
        assertThat(check(issuer, root.certificate())).isInstanceOfSatisfying(ProvidedIssuer.Usable.class, usable -> {
            assertThat(usable.anchor()).isEqualTo(root.certificate());
            assertThat(usable.issuer().chain()).containsExactly(issuer.certificate());
        });
    }

    @Test
    void a_chain_of_several_levels_is_taken_and_the_anchor_is_not_sent_with_it() {
        var middle = root.signs("middle").make();
        var low = middle.signs("low").make();
        var chain = List.of(low.certificate(), middle.certificate(), root.certificate());

        assertThat(check(chain, low.keys(), root.certificate()))
                .asInstanceOf(type(ProvidedIssuer.Usable.class))
                .satisfies(usable ->
                        assertThat(usable.issuer().chain()).containsExactly(low.certificate(), middle.certificate()));
    }

    @Test
    void an_anchor_that_signs_by_itself_is_taken() {
        assertThat(check(root, root.certificate())).isInstanceOf(ProvidedIssuer.Usable.class);
    }

    @Test
    void of_several_in_ca_crt_the_anchor_is_the_one_that_the_chain_leads_to() {
        var other = Authorities.root("other");
        assertThat(check(issuer, other.certificate(), root.certificate()))
                .asInstanceOf(type(ProvidedIssuer.Usable.class))
                .satisfies(usable -> assertThat(usable.anchor()).isEqualTo(root.certificate()));
    }

    @Test
    void the_key_must_be_that_of_the_certificate() {
        assertRefused(
                check(List.of(issuer.certificate()), root.keys(), root.certificate()),
                "tls.key is not the key of the first certificate in tls.crt");
    }

    @Test
    void a_leaf_is_no_issuer() {
        assertRefused(check(root.signs("leaf").notAuthority().make(), root.certificate()), "CA:TRUE");
    }

    @Test
    void it_must_be_allowed_to_sign_certificates() {
        assertRefused(check(root.signs("weak").mayNotSign().make(), root.certificate()), "keyCertSign");
    }

    @Test
    void a_path_that_is_too_long_is_refused_at_the_issuers_and_at_the_anchor() {
        var narrow = root.signs("narrow").pathLength(0).make();
        var low = narrow.signs("low").make();
        assertRefused(
                check(List.of(low.certificate(), narrow.certificate()), low.keys(), root.certificate()), "pathlen");
        var shortRoot = Authorities.signedByItself("short").pathLength(0).make();
        assertRefused(check(shortRoot.signs("issuer").make(), shortRoot.certificate()), "pathlen");
    }

    @Test
    void what_is_over_and_what_has_not_begun_is_refused() {
        assertRefused(
                check(root.signs("old").until(NOW.plusSeconds(200)).make(), root.certificate()), "over or about to be");
        assertRefused(check(root.signs("new").from(NOW.plusSeconds(1)).make(), root.certificate()), "not valid before");
        var oldRoot = Authorities.signedByItself("old root")
                .until(NOW.minusSeconds(1))
                .make();
        assertRefused(check(oldRoot.signs("issuer").make(), oldRoot.certificate()), "old root");
    }

    @Test
    void clocks_that_are_behind_are_given_five_minutes() {
        var fresh = root.signs("fresh").from(NOW.minusSeconds(60)).make();
        assertThat(check(fresh, root.certificate()))
                .asInstanceOf(type(ProvidedIssuer.Usable.class))
                .satisfies(usable -> assertThat(usable.everywhereFrom()).isEqualTo(NOW.plus(Duration.ofMinutes(4))));
    }

    @Test
    void it_must_lead_to_an_anchor_in_ca_crt() {
        assertRefused(
                check(issuer, Authorities.root("other").certificate()), "does not lead to a certificate in ca.crt");
        var low = root.signs("middle").make().signs("low").make();
        assertRefused(check(low, root.certificate()), "Put the missing intermediate into tls.crt");
    }

    @Test
    void an_intermediate_is_no_anchor() {
        var middle = root.signs("middle").make();
        assertRefused(check(middle.signs("low").make(), middle.certificate()), "not signed by itself");
    }

    @Test
    void one_that_is_constrained_to_another_trust_domain_is_refused() {
        var other = root.signs("other").permitting("other.example").make();
        assertRefused(check(other, root.certificate()), "cannot sign for the trust domain cluster.local");
        var own = root.signs("own").permitting("cluster.local").make();
        assertThat(check(own, root.certificate())).isInstanceOf(ProvidedIssuer.Usable.class);
        var ownRoot = Authorities.signedByItself("own root")
                .permitting("cluster.local")
                .make();
        assertThat(check(ownRoot.signs("issuer").make(), ownRoot.certificate()))
                .isInstanceOf(ProvidedIssuer.Usable.class);
        var constrained = Authorities.signedByItself("constrained")
                .permitting("other.example")
                .make();
        assertRefused(
                check(constrained.signs("issuer").make(), constrained.certificate()), "trust domain cluster.local");
    }

    @Test
    void one_that_cannot_vouch_for_the_operators_servers_is_refused() {
        assertRefused(
                check(root.signs("dns").permittingDns("example.com").make(), root.certificate()),
                "own server selvedge.selvedge-system.svc");
    }

    @Test
    void keys_that_proxies_do_not_verify_are_refused() throws Exception {
        var generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp521r1"), new SecureRandom());
        assertRefused(
                check(root.signs("p521").keys(generator.generateKeyPair()).make(), root.certificate()), "Use P-256");
        var rsa = KeyPairGenerator.getInstance("RSA");
        rsa.initialize(1024);
        assertRefused(check(root.signs("rsa").keys(rsa.generateKeyPair()).make(), root.certificate()), "2048");
        rsa.initialize(2048);
        assertThat(check(root.signs("rsa").keys(rsa.generateKeyPair()).make(), root.certificate()))
                .isInstanceOf(ProvidedIssuer.Usable.class);
    }

    @Test
    void an_entry_that_is_missing_or_cannot_be_read_is_named_and_not_quoted() {
        var entries = entries(List.of(issuer.certificate()), issuer.keys(), root.certificate());
        for (var entry : List.of("tls.crt", "tls.key", "ca.crt")) {
            var without = new HashMap<>(entries);
            without.remove(entry);
            assertRefused(check(without), "no entry " + entry);
        }
        var spoilt = new HashMap<>(entries);
        spoilt.put("tls.key", "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n");
        assertThat(check(spoilt))
                .asInstanceOf(type(ProvidedIssuer.Refused.class))
                .satisfies(refused ->
                        assertThat(refused.reason()).contains("cannot be read").doesNotContain("c2Vj"));
    }

    private static void assertRefused(ProvidedIssuer answer, String words) {
        assertThat(answer)
                .asInstanceOf(type(ProvidedIssuer.Refused.class))
                .satisfies(refused -> assertThat(refused.reason()).contains(words));
    }

    private static ProvidedIssuer check(Authorities.Made issuer, X509Certificate... anchors) {
        return check(List.of(issuer.certificate()), issuer.keys(), anchors);
    }

    private static ProvidedIssuer check(List<X509Certificate> chain, KeyPair keys, X509Certificate... anchors) {
        return check(entries(chain, keys, anchors));
    }

    private static ProvidedIssuer check(Map<String, String> entries) {
        return ProvidedIssuer.check(entry -> Optional.ofNullable(entries.get(entry)), NAMES, CLOCK);
    }

    private static Map<String, String> entries(List<X509Certificate> chain, KeyPair keys, X509Certificate... anchors) {
        return Map.of(
                "tls.crt", Pem.write(chain),
                "tls.key", Pem.write(keys.getPrivate()),
                "ca.crt", Pem.write(Stream.of(anchors).toList()));
    }
}
