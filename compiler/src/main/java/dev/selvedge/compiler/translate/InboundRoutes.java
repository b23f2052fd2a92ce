// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.translate;

import dev.selvedge.compiler.model.PortTraffic;
import dev.selvedge.compiler.model.ProxyPorts;
import dev.selvedge.compiler.model.WorkloadView;
import dev.selvedge.compiler.policy.authorization.AuthorizationFilters;
import dev.selvedge.compiler.policy.fault.FaultFilter;
import dev.selvedge.compiler.policy.fault.FaultMatches;
import dev.selvedge.compiler.policy.ratelimit.GlobalRateLimits;
import dev.selvedge.compiler.policy.ratelimit.RateLimitFilters;
import dev.selvedge.compiler.resource.ProtoDuration;
import dev.selvedge.compiler.resource.ResourceName;
import dev.selvedge.compiler.snapshot.Mesh;
import io.envoyproxy.envoy.config.route.v3.HeaderMatcher;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;

/**
 * Everything to the application, under the rules, the rate limits and the faults; the client's proxy has decided on time
 * and retries.
 */
final class InboundRoutes {
    private static final RouteMatch EVERYTHING =
            RouteMatch.newBuilder().setPrefix("/").build();

    /** What the client's proxy says of a request that it sent by HTTP/2, and that was HTTP/1.1 or HTTP/1.0 before. */
    private static final HeaderMatcher WAS_HTTP1 = HeaderMatcher.newBuilder()
            .setName(ProxyPorts.PROTOCOL_HEADER)
            .setStringMatch(StringMatcher.newBuilder().setPrefix("HTTP/1"))
            .build();

    private InboundRoutes() {}

    /**
     * Under {@code Strict} a caller without an identity is refused here too: a connection from before the change of mode
     * stays open until the proxy's time to drain is over.
     */
    static RouteConfiguration of(String name, WorkloadView workload) {
        boolean identified = name.equals(ResourceName.INBOUND_MTLS);
        var routes = RouteConfigurations.configuration(name)
                .addAllRequestHeadersToRemove(EarlyHeaders.OF_CALLERS)
                .addRequestHeadersToRemove(ProxyPorts.PROTOCOL_HEADER);
        if (identified || workload.mtls() == Mesh.MtlsMode.PERMISSIVE) {
            routes.putAllTypedPerFilterConfig(AuthorizationFilters.rules(workload, identified));
            if (!workload.traffic().isEmpty()) {
                routes.setUnknownFields(NewerFields.virtualHostByHeader(ProxyPorts.PORT_HEADER));
                workload.traffic()
                        .forEach((port, traffic) ->
                                routes.addVirtualHosts(port(workload, port.toString(), traffic, identified)));
            }
        }
        var others = host("*");
        addRoutes(others, route(ResourceName.INBOUND, EVERYTHING), identified);
        return routes.addVirtualHosts(others).build();
    }

    /** One virtual host for each port, since all its routes share the buckets of its rate limits. */
    private static VirtualHost port(WorkloadView workload, String port, PortTraffic traffic, boolean identified) {
        var host = host(port).putAllTypedPerFilterConfig(RateLimitFilters.rules(traffic.limits()));
        // Without a service the filters that these rules are for are not there.
        if (workload.rateLimits().isPresent()) {
            host.putAllTypedPerFilterConfig(GlobalRateLimits.rules(traffic.limits()));
        }
        for (var injection : traffic.faults()) {
            for (var match : FaultMatches.of(injection.fault(), workload.trustDomains(), identified)) {
                addRoutes(
                        host,
                        route("fault " + injection.name(), match)
                                .putAllTypedPerFilterConfig(FaultFilter.rules(injection.fault())),
                        identified);
            }
        }
        addRoutes(host, route(ResourceName.INBOUND, EVERYTHING), identified);
        return host.build();
    }

    /** Only an identified caller is a proxy of ours, which knows what its client spoke. */
    private static void addRoutes(VirtualHost.Builder host, Route.Builder route, boolean identified) {
        if (identified) {
            var http1 = host.addRoutesBuilder().mergeFrom(route.build());
            http1.getMatchBuilder().addHeaders(WAS_HTTP1);
            http1.getRouteBuilder().setCluster(ResourceName.INBOUND_HTTP1);
        }
        host.addRoutes(route);
    }

    /** Whether a port has limits that pods share. */
    static boolean asks(WorkloadView workload) {
        return workload.traffic().values().stream()
                .anyMatch(port -> port.limits().stream().anyMatch(GlobalRateLimits::isGlobal));
    }

    private static VirtualHost.Builder host(String domain) {
        return VirtualHost.newBuilder().setName(domain).addDomains(domain);
    }

    private static Route.Builder route(String name, RouteMatch match) {
        return Route.newBuilder()
                .setName(name)
                .setMatch(match)
                .setRoute(RouteAction.newBuilder()
                        .setCluster(ResourceName.INBOUND)
                        .setTimeout(ProtoDuration.ZERO));
    }
}
