// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.translate;

import dev.selvedge.compiler.model.GatewayView;
import dev.selvedge.compiler.model.ProxyPorts;
import dev.selvedge.compiler.model.ServiceView;
import dev.selvedge.compiler.policy.RouteMatches;
import dev.selvedge.compiler.policy.cors.RouteCors;
import dev.selvedge.compiler.policy.headers.RouteHeaders;
import dev.selvedge.compiler.policy.loadbalancing.HashPolicies;
import dev.selvedge.compiler.policy.mirror.RouteMirrors;
import dev.selvedge.compiler.policy.redirect.RouteAnswers;
import dev.selvedge.compiler.policy.release.Versions;
import dev.selvedge.compiler.policy.retry.RouteRetries;
import dev.selvedge.compiler.policy.rewrite.RouteRewrites;
import dev.selvedge.compiler.policy.route.Shares;
import dev.selvedge.compiler.policy.timeout.RouteTimeouts;
import dev.selvedge.compiler.snapshot.TrafficPolicy;
import io.envoyproxy.envoy.config.route.v3.DirectResponseAction;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

/** Routes: which cluster a request goes to, and on which terms. */
final class RouteConfigurations {
    /** What each policy says about a route at the client's proxy, in this order. */
    private static final List<BiConsumer<ServiceView.Route, RouteAction.Builder>> POLICIES = List.of(
            Shares::apply,
            RouteTimeouts::apply,
            RouteRetries::apply,
            HashPolicies::apply,
            Versions::apply,
            RouteMirrors::apply);

    /** What holds for the answers that a route gives itself too. */
    private static final List<BiConsumer<ServiceView.Route, Route.Builder>> FOR_EVERY_ANSWER =
            List.of(RouteHeaders::apply, RouteCors::apply);

    private static final TrafficPolicy.Match EVERYTHING =
            new TrafficPolicy.Match(Optional.empty(), Optional.empty(), List.of(), List.of());

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
        FOR_EVERY_ANSWER.forEach(policy -> policy.accept(route, template));
        var matches = route.matches().isEmpty() ? List.of(EVERYTHING) : route.matches();
        return matches.stream().map(match -> route(route, match, template.clone()));
    }

    private static Route route(ServiceView.Route from, TrafficPolicy.Match match, Route.Builder route) {
        route.setMatch(RouteMatches.of(match));
        var answer = from.actions().answer();
        var unusable = Shares.unusable(from);
        if (answer.isPresent()) {
            RouteAnswers.apply(answer.get(), match, route);
        } else if (unusable.isPresent()) {
            route.setDirectResponse(internalError(unusable.get()));
        } else {
            route.setRoute(action(from, match));
        }
        return route.build();
    }

    private static RouteAction action(ServiceView.Route route, TrafficPolicy.Match match) {
        var action = RouteAction.newBuilder();
        POLICIES.forEach(policy -> policy.accept(route, action));
        RouteRewrites.apply(route, match, action);
        return action.build();
    }

    private static DirectResponseAction internalError(String reason) {
        var body = reason.length() > MESSAGE_LIMIT ? reason.substring(0, MESSAGE_LIMIT) + "…" : reason;
        return RouteAnswers.direct(500, body + "\n");
    }
}
