// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy;

import dev.selvedge.compiler.diagnostic.FieldError;
import dev.selvedge.compiler.model.Cidr;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy.Action;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy.Operation;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy.Rule;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy.Source;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy.Target;
import java.util.List;
import java.util.regex.Pattern;

/** What is wrong with an AuthorizationPolicy by itself. */
public final class AuthorizationPolicyRules {
    private static final int MAX_NAME = 253;
    private static final Pattern LABEL = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");
    private static final Pattern SUBDOMAIN =
            Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*");

    private AuthorizationPolicyRules() {}

    static List<FieldError> check(AuthorizationPolicy policy) {
        var findings = new Findings();
        if (policy.targets().isEmpty()) {
            findings.add("spec.targetRefs", "", "names nothing", "name a Service, or a selector of pods");
        }
        findings.unique("spec.targetRefs", policy.targets(), target -> target, "target");
        for (int i = 0; i < policy.targets().size(); i++) {
            target(findings, "spec.targetRefs[" + i + "]", policy.targets().get(i));
        }
        if (policy.action() == Action.DENY && policy.rules().isEmpty()) {
            findings.add(
                    "spec.rules",
                    "",
                    "a Deny policy without rules says nothing",
                    "to deny everything write one rule with a name only");
        }
        findings.unique("spec.rules", policy.rules(), Rule::name, "name");
        for (int i = 0; i < policy.rules().size(); i++) {
            rule(findings, "spec.rules[" + i + "]", policy.rules().get(i));
        }
        return findings.list();
    }

    /** Whether a rule can be used as it is. */
    public static boolean isUsable(Rule rule) {
        var findings = new Findings();
        rule(findings, "", rule);
        return findings.list().isEmpty();
    }

    /** Whether a selector can be used as it is. */
    public static boolean isUsable(Target target) {
        var findings = new Findings();
        target(findings, "", target);
        return findings.list().isEmpty();
    }

    private static void target(Findings findings, String field, Target target) {
        switch (target) {
            case Target.ServiceTarget _ -> {}
            case Target.PodTarget(var selector) -> SelectorRules.check(findings, field + ".selector", selector);
        }
    }

    private static void rule(Findings findings, String field, Rule rule) {
        for (int i = 0; i < rule.from().size(); i++) {
            source(findings, field + ".from[" + i + "]", rule.from().get(i));
        }
        for (int i = 0; i < rule.to().size(); i++) {
            operation(findings, field + ".to[" + i + "]", rule.to().get(i));
        }
    }

    private static void source(Findings findings, String field, Source source) {
        if (source.serviceAccounts().isEmpty()
                && source.namespaces().isEmpty()
                && source.ipBlocks().isEmpty()) {
            findings.add(
                    field,
                    "",
                    "an empty caller would match everybody",
                    "give serviceAccounts, namespaces or ipBlocks, or leave from out");
        }
        for (int i = 0; i < source.serviceAccounts().size(); i++) {
            var account = source.serviceAccounts().get(i);
            var at = field + ".serviceAccounts[" + i + "]";
            name(findings, at + ".name", account.name(), SUBDOMAIN);
            if (!account.namespace().isEmpty()) {
                name(findings, at + ".namespace", account.namespace(), LABEL);
            }
        }
        for (int i = 0; i < source.namespaces().size(); i++) {
            name(findings, field + ".namespaces[" + i + "]", source.namespaces().get(i), LABEL);
        }
        for (int i = 0; i < source.ipBlocks().size(); i++) {
            var block = source.ipBlocks().get(i);
            if (Cidr.parse(block).isEmpty()) {
                findings.add(
                        field + ".ipBlocks[" + i + "]",
                        block,
                        "is not a range in CIDR form without host bits",
                        "write it like 10.1.0.0/16 or 10.1.2.3/32");
            }
        }
    }

    private static void operation(Findings findings, String field, Operation operation) {
        if (operation.ports().isEmpty()
                && operation.methods().isEmpty()
                && operation.paths().isEmpty()) {
            findings.add(
                    field,
                    "",
                    "an empty operation would match everything",
                    "give ports, methods or paths, or leave to out");
        }
        for (int i = 0; i < operation.ports().size(); i++) {
            findings.port(field + ".ports[" + i + "]", operation.ports().get(i));
        }
        for (int i = 0; i < operation.methods().size(); i++) {
            findings.method(field + ".methods[" + i + "]", operation.methods().get(i));
        }
        for (int i = 0; i < operation.paths().size(); i++) {
            MatchRules.path(
                    findings, field + ".paths[" + i + "]", operation.paths().get(i));
        }
    }

    private static void name(Findings findings, String field, String name, Pattern pattern) {
        // The length first: the expression for dotted names recurses once for each dot.
        if (name.length() > MAX_NAME || !pattern.matcher(name).matches()) {
            findings.add(field, name, "is not a Kubernetes name", "use at most 253 lower-case letters, digits and '-'");
        }
    }
}
