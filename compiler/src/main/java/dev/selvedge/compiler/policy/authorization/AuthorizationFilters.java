// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy.authorization;

import dev.selvedge.compiler.model.WorkloadView;
import dev.selvedge.compiler.resource.Pack;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import java.util.List;

/** The filters that enforce a workload's authorization. */
public final class AuthorizationFilters {
    private AuthorizationFilters() {}

    /** Checked for every request. */
    public static List<HttpFilter> http(WorkloadView workload, boolean identified) {
        return AuthorizationRules.of(workload, new Caller(identified, true)).stream()
                .map(rules -> HttpFilter.newBuilder()
                        .setName("envoy.filters.http.rbac")
                        .setTypedConfig(Pack.any(io.envoyproxy
                                .envoy
                                .extensions
                                .filters
                                .http
                                .rbac
                                .v3
                                .RBAC
                                .newBuilder()
                                .setRules(rules)
                                .build()))
                        .build())
                .toList();
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
