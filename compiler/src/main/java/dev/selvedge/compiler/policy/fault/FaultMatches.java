// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy.fault;

import dev.selvedge.compiler.model.ProxyPorts;
import dev.selvedge.compiler.model.SpiffeId;
import dev.selvedge.compiler.policy.RouteMatches;
import dev.selvedge.compiler.policy.StringMatchers;
import dev.selvedge.compiler.snapshot.Fault;
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
    public static List<RouteMatch> of(Fault fault, String trustDomain, boolean identified) {
        var requests = fault.matches().isEmpty()
                ? List.of(EVERYTHING)
                : fault.matches().stream().map(RouteMatches::of).toList();
        if (fault.from().isEmpty()) {
            return requests;
        }
        return identified
                ? callers(fault, trustDomain)
                        .distinct()
                        .flatMap(caller -> requests.stream().map(match -> match.toBuilder()
                                .addHeaders(HeaderMatcher.newBuilder()
                                        .setName(ProxyPorts.CALLER_HEADER)
                                        .setStringMatch(caller))
                                .build()))
                        .toList()
                : List.of();
    }

    private static Stream<StringMatcher> callers(Fault fault, String trustDomain) {
        return fault.from().stream().flatMap(source -> {
            if (source.serviceAccounts().isEmpty()) {
                return source.namespaces().stream()
                        .map(namespace ->
                                StringMatchers.prefix("spiffe://" + trustDomain + "/ns/" + namespace + "/sa/"));
            }
            return source.serviceAccounts().stream()
                    .filter(account ->
                            source.namespaces().isEmpty() || source.namespaces().contains(account.namespace()))
                    .map(account ->
                            StringMatchers.exact(SpiffeId.of(trustDomain, account.namespace(), account.name())));
        });
    }
}
