// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.ingest;

import static dev.selvedge.reconciler.ingest.Ingest.list;
import static java.util.Objects.requireNonNullElse;

import dev.selvedge.compiler.snapshot.Gateway;
import dev.selvedge.compiler.snapshot.HttpRoute;
import dev.selvedge.compiler.snapshot.LabelSelector;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.StringMatch;
import dev.selvedge.compiler.snapshot.TrafficPolicy;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.AllowedRoutes;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPBackendRef;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPPathMatch;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteFilter;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteMatch;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteRule;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Listener;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.ParentReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The kinds of the Gateway API as the compiler reads them. Pure. */
public final class GatewayIngest {
    /** The one class of Gateway that is served. */
    public static final String GATEWAY_CLASS = "selvedge";

    private static final String GROUP = "gateway.networking.k8s.io";

    private GatewayIngest() {}

    /** A Gateway of our class; the others are not ours. */
    public static Optional<Gateway> gateway(io.fabric8.kubernetes.api.model.gatewayapi.v1.Gateway gateway) {
        var spec = gateway.getSpec();
        if (!GATEWAY_CLASS.equals(spec.getGatewayClassName())) {
            return Optional.empty();
        }
        return Optional.of(new Gateway(
                Ingest.meta(gateway),
                list(spec.getListeners()).stream().map(GatewayIngest::listener).toList()));
    }

    private static Gateway.Listener listener(Listener listener) {
        return new Gateway.Listener(
                listener.getName(),
                listener.getPort(),
                listener.getProtocol(),
                given(listener.getHostname()),
                allowedNamespaces(listener.getAllowedRoutes()));
    }

    private static Gateway.AllowedNamespaces allowedNamespaces(@Nullable AllowedRoutes allowed) {
        var namespaces = allowed == null ? null : allowed.getNamespaces();
        if (namespaces == null) {
            return new Gateway.AllowedNamespaces.Same();
        }
        return switch (requireNonNullElse(namespaces.getFrom(), "Same")) {
            case "All" -> new Gateway.AllowedNamespaces.All();
            case "Selector" -> new Gateway.AllowedNamespaces.Matching(selector(namespaces.getSelector()));
            default -> new Gateway.AllowedNamespaces.Same();
        };
    }

    private static LabelSelector selector(io.fabric8.kubernetes.api.model.@Nullable LabelSelector selector) {
        if (selector == null) {
            return LabelSelector.labels(Map.of());
        }
        return new LabelSelector(
                requireNonNullElse(selector.getMatchLabels(), Map.of()),
                list(selector.getMatchExpressions()).stream()
                        .map(GatewayIngest::requirement)
                        .toList());
    }

    private static LabelSelector.Requirement requirement(LabelSelectorRequirement requirement) {
        return new LabelSelector.Requirement(
                requirement.getKey(),
                switch (requirement.getOperator()) {
                    case "In" -> LabelSelector.Operator.IN;
                    case "NotIn" -> LabelSelector.Operator.NOT_IN;
                    case "Exists" -> LabelSelector.Operator.EXISTS;
                    case "DoesNotExist" -> LabelSelector.Operator.DOES_NOT_EXIST;
                    default -> throw new IllegalArgumentException("operator " + requirement.getOperator());
                },
                list(requirement.getValues()));
    }

    /** An HTTPRoute with those of its parents that are Gateways. */
    public static Optional<HttpRoute> httpRoute(HTTPRoute route) {
        var name = Ingest.name(route);
        var spec = route.getSpec();
        return Optional.of(new HttpRoute(
                Ingest.meta(route),
                list(spec.getParentRefs()).stream()
                        .filter(GatewayIngest::isGateway)
                        .map(parent -> parent(parent, name.namespace()))
                        .toList(),
                list(spec.getHostnames()),
                list(spec.getRules()).stream()
                        .map(rule -> rule(rule, name.namespace()))
                        .toList()));
    }

    static boolean isGateway(ParentReference parent) {
        return GROUP.equals(requireNonNullElse(parent.getGroup(), GROUP))
                && "Gateway".equals(requireNonNullElse(parent.getKind(), "Gateway"));
    }

    private static HttpRoute.Parent parent(ParentReference parent, String namespace) {
        return new HttpRoute.Parent(
                new ObjectName(requireNonNullElse(parent.getNamespace(), namespace), parent.getName()),
                given(parent.getSectionName()),
                Optional.ofNullable(parent.getPort()));
    }

    private static HttpRoute.Rule rule(HTTPRouteRule rule, String namespace) {
        var unsupported = new ArrayList<String>();
        var matches = list(rule.getMatches()).stream()
                .map(match -> match(match, unsupported))
                .toList();
        unsupported(rule, unsupported);
        return new HttpRoute.Rule(
                matches,
                list(rule.getBackendRefs()).stream()
                        .map(backend -> backend(backend, namespace))
                        .toList(),
                Optional.ofNullable(rule.getTimeouts())
                        .map(timeouts -> new TrafficPolicy.Timeouts(
                                PolicyIngest.duration(timeouts.getRequest()),
                                PolicyIngest.duration(timeouts.getBackendRequest()),
                                Optional.empty())),
                unsupported);
    }

    private static void unsupported(HTTPRouteRule rule, List<String> unsupported) {
        filters("filters", rule.getFilters(), unsupported);
        var backends = list(rule.getBackendRefs());
        for (int i = 0; i < backends.size(); i++) {
            filters("backendRefs[" + i + "].filters", backends.get(i).getFilters(), unsupported);
        }
        if (rule.getRetry() != null) {
            unsupported.add("retry");
        }
        if (rule.getSessionPersistence() != null) {
            unsupported.add("sessionPersistence");
        }
    }

    private static void filters(String field, @Nullable List<HTTPRouteFilter> filters, List<String> unsupported) {
        var all = list(filters);
        for (int i = 0; i < all.size(); i++) {
            unsupported.add(field + "[" + i + "] (" + all.get(i).getType() + ")");
        }
    }

    private static TrafficPolicy.Match match(HTTPRouteMatch match, List<String> unsupported) {
        return new TrafficPolicy.Match(
                Optional.ofNullable(match.getPath()).map(path -> path(path, unsupported)),
                given(match.getMethod()),
                list(match.getHeaders()).stream()
                        .map(header -> new TrafficPolicy.Field(
                                header.getName(), value("headers", header.getType(), header.getValue(), unsupported)))
                        .toList(),
                list(match.getQueryParams()).stream()
                        .map(param -> new TrafficPolicy.Field(
                                param.getName(), value("queryParams", param.getType(), param.getValue(), unsupported)))
                        .toList());
    }

    private static StringMatch path(HTTPPathMatch path, List<String> unsupported) {
        var value = requireNonNullElse(path.getValue(), "/");
        var type = requireNonNullElse(path.getType(), "PathPrefix");
        return type.equals("PathPrefix") ? new StringMatch.Prefix(value) : value("path", type, value, unsupported);
    }

    private static StringMatch value(String field, @Nullable String type, String value, List<String> unsupported) {
        return switch (requireNonNullElse(type, "Exact")) {
            case "Exact" -> new StringMatch.Exact(value);
            case "RegularExpression" -> new StringMatch.Regex(value);
            default -> {
                unsupported.add("matches." + field + ".type " + type);
                yield new StringMatch.Exact(value);
            }
        };
    }

    private static HttpRoute.Backend backend(HTTPBackendRef backend, String namespace) {
        return new HttpRoute.Backend(
                requireNonNullElse(backend.getGroup(), "") + "/" + requireNonNullElse(backend.getKind(), "Service"),
                new ObjectName(requireNonNullElse(backend.getNamespace(), namespace), backend.getName()),
                Optional.ofNullable(backend.getPort()),
                requireNonNullElse(backend.getWeight(), 1));
    }

    private static Optional<String> given(@Nullable String text) {
        return Optional.ofNullable(text).filter(t -> !t.isEmpty());
    }
}
