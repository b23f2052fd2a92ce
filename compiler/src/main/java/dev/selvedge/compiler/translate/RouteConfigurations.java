// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.translate;

import dev.selvedge.compiler.model.GatewayView;
import dev.selvedge.compiler.model.ProxyPorts;
import dev.selvedge.compiler.model.ServiceView;
import dev.selvedge.compiler.policy.loadbalancing.HashPolicies;
import dev.selvedge.compiler.policy.retry.RouteRetries;
import dev.selvedge.compiler.policy.route.RouteMatches;
import dev.selvedge.compiler.policy.route.Shares;
import dev.selvedge.compiler.policy.timeout.RouteTimeouts;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.route.v3.DirectResponseAction;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

/** Routes: which cluster a request goes to, and on which terms. */
final class RouteConfigurations {
    /** What each policy says about a route at the client's proxy, in this order. */
    private static final List<BiConsumer<ServiceView.Route, RouteAction.Builder>> POLICIES =
            List.of(Shares::apply, RouteTimeouts::apply, RouteRetries::apply, HashPolicies::apply);

    /** What proxies tell each other and an application has no use for. */
    private static final List<String> INTERNAL_HEADERS = List.of(
            ProxyPorts.DESTINATION_HEADER,
            "x-envoy-expected-rq-timeout-ms",
            "x-envoy-external-address",
            "x-envoy-internal");

    /** Envoy's limit for the body of an answer that a route gives is 4,096 bytes. */
    private static final int MESSAGE_LIMIT = 1000;

    private RouteConfigurations() {}

    /** A Service's routes hold for whatever the Host header says: the address that was called chose them. */
    static RouteConfiguration service(String name, ServiceView.Port port) {
        return configuration(name)
                .addVirtualHosts(virtualHost("*", port.routes()))
                .build();
    }

    static RouteConfiguration gateway(String name, GatewayView.Port port) {
        var configuration = configuration(name).setIgnorePortInHostMatching(true);
        port.hosts().forEach(host -> configuration.addVirtualHosts(virtualHost(host.domain(), host.routes())));
        return configuration.build();
    }

    static RouteConfiguration.Builder configuration(String name) {
        return RouteConfiguration.newBuilder().setName(name).addAllRequestHeadersToRemove(INTERNAL_HEADERS);
    }

    private static VirtualHost virtualHost(String domain, List<ServiceView.Route> routes) {
        var host = VirtualHost.newBuilder().setName(domain).addDomains(domain);
        routes.stream().flatMap(RouteConfigurations::routes).forEach(host::addRoutes);
        return host.build();
    }

    private static Stream<Route> routes(ServiceView.Route route) {
        var template = Route.newBuilder().setName(route.name());
        Shares.unusable(route)
                .ifPresentOrElse(
                        reason -> template.setDirectResponse(internalError(reason)),
                        () -> template.setRoute(action(route)));
        return RouteMatches.of(route.matches()).stream()
                .map(match -> template.clone().setMatch(match).build());
    }

    private static RouteAction action(ServiceView.Route route) {
        var action = RouteAction.newBuilder();
        POLICIES.forEach(policy -> policy.accept(route, action));
        return action.build();
    }

    private static DirectResponseAction internalError(String reason) {
        var body = reason.length() > MESSAGE_LIMIT ? reason.substring(0, MESSAGE_LIMIT) + "…" : reason;
        return DirectResponseAction.newBuilder()
                .setStatus(500)
                .setBody(DataSource.newBuilder().setInlineString(body + "\n"))
                .build();
    }
}
