// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy.authorization;

import com.google.protobuf.Any;
import dev.selvedge.compiler.model.WorkloadView;
import dev.selvedge.compiler.policy.HttpFilters;
import dev.selvedge.compiler.resource.Pack;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.rbac.v3.RBAC;
import io.envoyproxy.envoy.config.rbac.v3.RBAC.Action;
import io.envoyproxy.envoy.extensions.filters.http.rbac.v3.RBACPerRoute;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The filters that enforce a workload's authorization. Those for HTTP are the same for every workload and refuse every
 * request; the rules come with the routes and take their place.
 */
public final class AuthorizationFilters {
    private static final String DENY = "selvedge.authorization.deny";
    private static final String ALLOW = "selvedge.authorization.allow";

    /** An Allow without a policy allows nobody. */
    private static final Any NOBODY = Pack.any(io.envoyproxy
            .envoy
            .extensions
            .filters
            .http
            .rbac
            .v3
            .RBAC
            .newBuilder()
            .setRules(RBAC.newBuilder().setAction(Action.ALLOW))
            .build());

    private AuthorizationFilters() {}

    /** Checked in this order for every request. */
    public static List<HttpFilter> http() {
        return List.of(HttpFilters.on(DENY, NOBODY), HttpFilters.on(ALLOW, NOBODY));
    }

    /** What the filters check on a route, by their names. A filter that has nothing to check is off. */
    public static Map<String, Any> rules(WorkloadView workload, boolean identified) {
        var rules = new TreeMap<String, Any>();
        var off = Pack.any(RBACPerRoute.getDefaultInstance());
        rules.put(DENY, off);
        rules.put(ALLOW, off);
        for (var check : AuthorizationRules.of(workload, new Caller(identified, true))) {
            rules.put(
                    check.getAction() == Action.DENY ? DENY : ALLOW,
                    Pack.any(RBACPerRoute.newBuilder()
                            .setRbac(io.envoyproxy
                                    .envoy
                                    .extensions
                                    .filters
                                    .http
                                    .rbac
                                    .v3
                                    .RBAC
                                    .newBuilder()
                                    .setRules(check))
                            .build()));
        }
        return rules;
    }

    /** Checked once for every connection. */
    public static List<Filter> network(WorkloadView workload, boolean identified) {
        return AuthorizationRules.of(workload, new Caller(identified, false)).stream()
                .map(rules -> Filter.newBuilder()
                        .setName("envoy.filters.network.rbac")
                        .setTypedConfig(Pack.any(io.envoyproxy
                                .envoy
                                .extensions
                                .filters
                                .network
                                .rbac
                                .v3
                                .RBAC
                                .newBuilder()
                                .setRules(rules)
                                .setStatPrefix("inbound_tcp.")
                                .build()))
                        .build())
                .toList();
    }
}
