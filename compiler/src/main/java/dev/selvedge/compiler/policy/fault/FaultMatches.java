// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy.fault;

import dev.selvedge.compiler.model.ProxyPorts;
import dev.selvedge.compiler.model.SpiffeId;
import dev.selvedge.compiler.policy.RouteMatches;
import dev.selvedge.compiler.policy.StringMatchers;
import dev.selvedge.compiler.snapshot.Fault;
import dev.selvedge.compiler.snapshot.TrustDomains;
import io.envoyproxy.envoy.config.route.v3.HeaderMatcher;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import java.util.List;
import java.util.stream.Stream;

/** Which requests a fault selects. */
public final class FaultMatches {
    private static final RouteMatch EVERYTHING =
            RouteMatch.newBuilder().setPrefix("/").build();

    private FaultMatches() {}

    /** One match for each alternative; none for callers that prove no identity when the fault is for some that do. */
    public static List<RouteMatch> of(Fault fault, TrustDomains domains, boolean identified) {
        var requests = fault.matches().isEmpty()
                ? List.of(EVERYTHING)
                : fault.matches().stream().map(RouteMatches::of).toList();
        if (fault.from().isEmpty()) {
            return requests;
        }
        return identified
                ? callers(fault, domains)
                        .distinct()
                        .flatMap(caller -> requests.stream().map(match -> match.toBuilder()
                                .addHeaders(HeaderMatcher.newBuilder()
                                        .setName(ProxyPorts.CALLER_HEADER)
                                        .setStringMatch(caller))
                                .build()))
                        .toList()
                : List.of();
    }

    private static Stream<StringMatcher> callers(Fault fault, TrustDomains domains) {
        return fault.from().stream().flatMap(source -> {
            if (source.serviceAccounts().isEmpty()) {
                return source.namespaces().stream()
                        .flatMap(namespace -> SpiffeId.acceptedOfNamespace(domains, namespace).stream())
                        .map(StringMatchers::prefix);
            }
            return source.serviceAccounts().stream()
                    .filter(account ->
                            source.namespaces().isEmpty() || source.namespaces().contains(account.namespace()))
                    .flatMap(account -> SpiffeId.accepted(domains, account).stream())
                    .map(StringMatchers::exact);
        });
    }
}
