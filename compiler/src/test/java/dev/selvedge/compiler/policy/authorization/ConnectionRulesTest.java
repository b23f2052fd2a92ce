// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy.authorization;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.model.Cidr;
import dev.selvedge.compiler.model.WorkloadView;
import dev.selvedge.compiler.model.WorkloadView.PortRules;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy.Operation;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy.Rule;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy.Source;
import dev.selvedge.compiler.snapshot.Mesh.AuthorizationDefault;
import dev.selvedge.compiler.snapshot.Mesh.MtlsMode;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.TrustDomains;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What is left to ask of a connection. */
final class ConnectionRulesTest {
    private static final Source REVIEWS = new Source(List.of(new ObjectName("shop", "reviews")), List.of(), List.of());
    private static final Source TEN = new Source(List.of(), List.of(), List.of("10.0.0.0/8"));
    private static final Cidr INSIDE_TEN = Cidr.parse("10.1.0.0/16").orElseThrow();

    @Test
    void without_rules_nothing_is_asked() {
        assertThat(steps(true, Optional.empty(), List.of(), List.of())).isEmpty();
    }

    @Test
    void an_allow_policy_refuses_who_matches_no_rule() {
        assertThat(steps(true, Optional.empty(), List.of(), List.of(rule(REVIEWS))))
                .containsExactly(
                        "'no rule allows it'",
                        "connection.uri_san_peer_certificate == 'spiffe://cluster.local/ns/shop/sa/reviews'"
                                + " ? 'allowed' : ''");
    }

    @Test
    void nobody_without_an_identity_is_allowed_by_one_and_everybody_is_denied_by_one() {
        assertThat(steps(false, Optional.empty(), List.of(), List.of(rule(REVIEWS))))
                .containsExactly("'no rule allows it'");
        assertThat(steps(false, Optional.empty(), List.of(rule(REVIEWS)), List.of()))
                .containsExactly("'allowed'", "'denied by shop/policy/rule'");
    }

    @Test
    void an_address_is_known_by_the_chain() {
        assertThat(steps(true, Optional.of(INSIDE_TEN), List.of(rule(TEN)), List.of()))
                .containsExactly("'allowed'", "'denied by shop/policy/rule'");
        assertThat(steps(true, Optional.empty(), List.of(rule(TEN)), List.of())).isEmpty();
        assertThat(steps(true, Optional.of(INSIDE_TEN), List.of(), List.of(rule(TEN))))
                .isEmpty();
    }

    @Test
    void a_name_cannot_end_the_text_that_it_is_in() {
        var rule = new Rule("a'b)%\n\\", List.of(REVIEWS), List.of(new Operation(List.of(80), List.of(), List.of())));

        assertThat(steps(true, Optional.empty(), List.of(rule), List.of()).getLast())
                .isEqualTo("(destination.port == 80 && connection.uri_san_peer_certificate =="
                        + " 'spiffe://cluster.local/ns/shop/sa/reviews')"
                        + " ? 'denied by shop/policy/a\\u0027b\\u0029\\u0025\\u000a\\u005c' : ''");
    }

    private static List<String> steps(boolean identified, Optional<Cidr> source, List<Rule> deny, List<Rule> allow) {
        var workload = new WorkloadView(
                new ObjectName("shop", "ratings-1"),
                "spiffe://cluster.local/ns/shop/sa/ratings",
                TrustDomains.of("cluster.local"),
                MtlsMode.STRICT,
                policy(deny),
                policy(allow),
                AuthorizationDefault.ALLOW,
                new TreeMap<>(),
                new TreeSet<>(),
                new TreeSet<>(),
                Optional.empty());
        return ConnectionRules.of(workload, identified).steps(source);
    }

    private static List<PortRules> policy(List<Rule> rules) {
        return rules.isEmpty()
                ? List.of()
                : List.of(new PortRules(new ObjectName("shop", "policy"), new TreeSet<>(), rules));
    }

    private static Rule rule(Source from) {
        return new Rule("rule", List.of(from), List.of());
    }
}
