// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy.authorization;

import static java.util.Comparator.comparing;
import static java.util.stream.Collectors.toCollection;

import dev.selvedge.compiler.model.Cidr;
import dev.selvedge.compiler.model.WorkloadView;
import io.envoyproxy.envoy.config.rbac.v3.Principal;
import io.envoyproxy.envoy.config.rbac.v3.RBAC;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The rules for connections that are not HTTP, as expressions that Envoy can evaluate as soon as it knows the caller.
 * Its own filter for rules decides no earlier than the first byte of the caller; a server that speaks first has spoken
 * by then.
 *
 * <p>Envoy's expressions know no address ranges. So a range that a rule names is told by the filter chain, and the
 * expressions of a chain are written for the callers of its range.
 */
public record ConnectionRules(List<RBAC> rules) {
    /** What the last step says of a caller who may connect; everything else refuses. */
    public static final String ALLOWED = "allowed";

    private static final String NO_RULE = "no rule allows it";

    public ConnectionRules {
        rules = List.copyOf(rules);
    }

    /** @param identified the callers prove who they are */
    public static ConnectionRules of(WorkloadView workload, boolean identified) {
        return new ConnectionRules(AuthorizationRules.of(workload, new Caller(identified, false)));
    }

    /** The ranges of addresses that the rules tell apart. */
    public SortedSet<Cidr> sources() {
        return rules.stream()
                .flatMap(rbac -> rbac.getPoliciesMap().values().stream())
                .flatMap(policy -> policy.getPrincipalsList().stream())
                .flatMap(ConnectionRules::ranges)
                .collect(toCollection(() -> new TreeSet<>(comparing(Cidr::toString))));
    }

    private static Stream<Cidr> ranges(Principal principal) {
        return switch (principal.getIdentifierCase()) {
            case AND_IDS -> principal.getAndIds().getIdsList().stream().flatMap(ConnectionRules::ranges);
            case OR_IDS -> principal.getOrIds().getIdsList().stream().flatMap(ConnectionRules::ranges);
            case DIRECT_REMOTE_IP -> Stream.of(CelTerms.range(principal.getDirectRemoteIp()));
            default -> Stream.of();
        };
    }

    /**
     * Expressions that are evaluated in order; each gives a text, and the last that is not empty is the decision.
     *
     * @param source the most specific of {@link #sources} in which the caller is; empty for none
     * @return none when every caller may connect
     */
    public List<String> steps(Optional<Cidr> source) {
        var terms = new CelTerms(source);
        var steps = new ArrayList<String>();
        var allow = rules.stream()
                .filter(rbac -> rbac.getAction() == RBAC.Action.ALLOW)
                .toList();
        steps.add(CelTerm.quoted(allow.isEmpty() ? ALLOWED : NO_RULE));
        allow.forEach(rbac ->
                rbac.getPoliciesMap().values().stream().map(terms::of).forEach(term -> step(term, ALLOWED, steps)));
        rules.stream()
                .filter(rbac -> rbac.getAction() == RBAC.Action.DENY)
                .flatMap(rbac -> new TreeMap<>(rbac.getPoliciesMap()).entrySet().stream())
                .forEach(policy -> step(terms.of(policy.getValue()), "denied by " + policy.getKey(), steps));
        return steps.getLast().equals(CelTerm.quoted(ALLOWED)) ? List.of() : steps;
    }

    private static void step(CelTerm term, String decision, List<String> steps) {
        switch (term) {
            case CelTerm.Known(var holds) when holds -> steps.add(CelTerm.quoted(decision));
            case CelTerm.Known _ -> {}
            case CelTerm.Asked(var cel) -> steps.add(cel + " ? " + CelTerm.quoted(decision) + " : ''");
        }
    }
}
