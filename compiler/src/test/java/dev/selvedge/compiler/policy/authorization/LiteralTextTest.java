// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy.authorization;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.model.WorkloadView;
import dev.selvedge.compiler.model.WorkloadView.PortRules;
import dev.selvedge.compiler.policy.AuthorizationPolicyRules;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy.Action;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy.Operation;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy.Rule;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy.Source;
import dev.selvedge.compiler.snapshot.Mesh;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.StringMatch;
import dev.selvedge.compiler.snapshot.TrustDomains;
import io.envoyproxy.envoy.config.rbac.v3.RBAC;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/**
 * Text in a policy means itself and nothing else, whatever characters it holds: {@code a.b} is not {@code axb}. Other
 * meshes turned such text into regular expressions and forgot to quote it.
 */
final class LiteralTextTest {
    private static final Caller HTTP = new Caller(true, true);
    private static final Caller TCP = new Caller(true, false);
    private static final int PORT = 8080;

    @Property(tries = 3_000, seed = "1")
    void an_exact_path_is_exactly_that_path(
            @ForAll("paths") String path, @ForAll Random random, @ForAll Action action) {
        var rule = rule(List.of(), new StringMatch.Exact(path));
        var other = near(path, random);
        Assume.that(AuthorizationPolicyRules.isUsable(rule) && !ambiguous(other) && !other.equals(path));

        assertThat(applies(action, rule, HTTP, call(path))).as("itself").isEqualTo(true);
        assertThat(applies(action, rule, HTTP, call(other))).as(other).isFalse();
    }

    @Property(tries = 3_000, seed = "2")
    void a_prefix_is_that_path_and_what_is_below(
            @ForAll("paths") String path, @ForAll("paths") String below, @ForAll Random random, @ForAll Action action) {
        var rule = rule(List.of(), new StringMatch.Prefix(path));
        Assume.that(AuthorizationPolicyRules.isUsable(rule));
        var stem = path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
        var other = near(path, random) + below;
        Assume.that(!ambiguous(other));

        assertThat(applies(action, rule, HTTP, call(stem + below))).isTrue();
        assertThat(applies(action, rule, HTTP, call(other)))
                .as(other)
                .isEqualTo(other.equals(stem) || other.startsWith(stem + "/"));
    }

    @Property(tries = 3_000, seed = "3")
    void a_service_account_is_exactly_that_one(
            @ForAll("names") String name, @ForAll Random random, @ForAll Action action, @ForAll boolean http) {
        var rule = rule(List.of(new Source(List.of(new ObjectName("shop", name)), List.of(), List.of())));
        Assume.that(AuthorizationPolicyRules.isUsable(rule));
        var other = near(name, random);
        var caller = http ? HTTP : TCP;

        assertThat(applies(action, rule, caller, caller("shop", name))).isTrue();
        assertThat(applies(action, rule, caller, caller("shop", other)))
                .as(other)
                .isEqualTo(other.equals(name));
        assertThat(applies(action, rule, caller, caller("xshop", name))).isFalse();
        assertThat(applies(action, rule, caller, caller("shopx", name))).isFalse();
    }

    @Property(tries = 2_000, seed = "4")
    void a_namespace_is_exactly_that_one(
            @ForAll("labels") String namespace,
            @ForAll("labels") String other,
            @ForAll("names") String name,
            @ForAll Action action,
            @ForAll boolean http) {
        var rule = rule(List.of(new Source(List.of(), List.of(namespace), List.of())));
        Assume.that(AuthorizationPolicyRules.isUsable(rule));
        var caller = http ? HTTP : TCP;

        assertThat(applies(action, rule, caller, caller(namespace, name))).isTrue();
        assertThat(applies(action, rule, caller, caller(other, name))).isEqualTo(other.equals(namespace));
        assertThat(applies(action, rule, caller, caller(namespace + "-x", name)))
                .isFalse();
        assertThat(applies(action, rule, caller, caller("x-" + namespace, name)))
                .isFalse();
    }

    @Property(tries = 500, seed = "5")
    void on_tcp_a_rule_about_paths_denies_and_never_allows(@ForAll("paths") String path) {
        for (var match :
                List.of(new StringMatch.Exact(path), new StringMatch.Prefix(path), new StringMatch.Regex("/.*"))) {
            assertThat(applies(Action.DENY, rule(List.of(), match), TCP, call(path)))
                    .isTrue();
            assertThat(applies(Action.ALLOW, rule(List.of(), match), TCP, call(path)))
                    .isFalse();
        }
    }

    /** Whether a rule is what decides about a call. */
    private static boolean applies(Action action, Rule rule, Caller caller, RbacModel call) {
        boolean passes = call.passes(filters(action, rule, caller));
        return switch (action) {
            case ALLOW -> passes;
            case DENY -> !passes;
        };
    }

    private static List<RBAC> filters(Action action, Rule rule, Caller caller) {
        var rules = List.of(new PortRules(new ObjectName("shop", "policy"), new TreeSet<>(), List.of(rule)));
        return AuthorizationRules.of(
                new WorkloadView(
                        new ObjectName("shop", "pod"),
                        "spiffe://cluster.local/ns/shop/sa/pod",
                        TrustDomains.of("cluster.local"),
                        Mesh.MtlsMode.STRICT,
                        action == Action.DENY ? rules : List.of(),
                        action == Action.ALLOW ? rules : List.of(),
                        Mesh.AuthorizationDefault.ALLOW,
                        new TreeMap<>(),
                        new TreeSet<>(),
                        new TreeSet<>(),
                        Optional.empty()),
                caller);
    }

    private static Rule rule(List<Source> from, StringMatch... paths) {
        var to =
                paths.length == 0 ? List.<Operation>of() : List.of(new Operation(List.of(), List.of(), List.of(paths)));
        return new Rule("rule", from, to);
    }

    private static RbacModel call(String path) {
        return new RbacModel(path, "GET", "spiffe://cluster.local/ns/shop/sa/a", PORT);
    }

    private static RbacModel caller(String namespace, String account) {
        return new RbacModel("/", "GET", "spiffe://cluster.local/ns/" + namespace + "/sa/" + account, PORT);
    }

    /** The text with one character changed, added or taken away: what a regular expression would match as well. */
    private static String near(String text, Random random) {
        int at = random.nextInt(text.length());
        var other = "abz0.*/-".charAt(random.nextInt(8));
        return switch (random.nextInt(4)) {
            case 0 -> text.substring(0, at) + other + text.substring(at + 1);
            case 1 -> text.substring(0, at) + other + text.substring(at);
            case 2 -> text.length() == 1 ? text + other : text.substring(0, at) + text.substring(at + 1);
            default -> text + other;
        };
    }

    /** Paths that mean different things to different servers are for another test. */
    private static boolean ambiguous(String path) {
        return path.contains(";") || path.contains("%");
    }

    @Provide
    Arbitrary<String> paths() {
        return Arbitraries.strings()
                .withChars("ab.*+?()[]{}^$|\\-_~!@&=,:/")
                .ofMinLength(1)
                .ofMaxLength(12)
                .map(text -> "/" + text);
    }

    @Provide
    Arbitrary<String> names() {
        return Combinators.combine(labels(), labels()).as((one, two) -> one + "." + two);
    }

    @Provide
    Arbitrary<String> labels() {
        return Arbitraries.strings().withChars("ab1-").ofMinLength(1).ofMaxLength(5);
    }
}
