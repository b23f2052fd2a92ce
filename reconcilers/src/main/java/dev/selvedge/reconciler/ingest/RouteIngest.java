// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.ingest;

import static dev.selvedge.reconciler.ingest.Ingest.list;
import static java.util.Objects.requireNonNullElse;

import dev.selvedge.compiler.snapshot.HttpRoute;
import dev.selvedge.compiler.snapshot.Kind;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.ReferenceGrant;
import dev.selvedge.compiler.snapshot.StringMatch;
import dev.selvedge.compiler.snapshot.TrafficPolicy;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GRPCBackendRef;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GRPCMethodMatch;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GRPCRoute;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GRPCRouteMatch;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GRPCRouteRule;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPBackendRef;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPPathMatch;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteMatch;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteRetry;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteRule;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.ParentReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The routes of the Gateway API as the compiler reads them, with those of their parents that may be ours. Pure. */
public final class RouteIngest {
    private static final String GROUP = "gateway.networking.k8s.io";
    private static final String ANY_SEGMENT = "[^/]+";
    private static final String FILTERS = "filters";
    private static final String SESSION_PERSISTENCE = "sessionPersistence";

    /** When a rule asks for retries and does not say how many. */
    private static final int RETRIES = 2;

    /** A rule says the shortest pause; the longest is this many times as long, as Envoy would have it. */
    private static final int LONGEST_OF_SHORTEST = 10;

    private RouteIngest() {}

    public static Optional<HttpRoute> httpRoute(HTTPRoute route) {
        var namespace = Ingest.name(route).namespace();
        var spec = route.getSpec();
        return Optional.of(new HttpRoute(
                Kind.HTTP_ROUTE,
                Ingest.meta(route),
                parents(spec.getParentRefs(), namespace),
                list(spec.getHostnames()),
                list(spec.getRules()).stream()
                        .map(rule -> rule(rule, namespace))
                        .toList()));
    }

    public static Optional<HttpRoute> grpcRoute(GRPCRoute route) {
        var namespace = Ingest.name(route).namespace();
        var spec = route.getSpec();
        return Optional.of(new HttpRoute(
                Kind.GRPC_ROUTE,
                Ingest.meta(route),
                parents(spec.getParentRefs(), namespace),
                list(spec.getHostnames()),
                list(spec.getRules()).stream()
                        .map(rule -> rule(rule, namespace))
                        .toList()));
    }

    public static Optional<ReferenceGrant> referenceGrant(
            io.fabric8.kubernetes.api.model.gatewayapi.v1beta1.ReferenceGrant grant) {
        var spec = grant.getSpec();
        return Optional.of(new ReferenceGrant(
                Ingest.name(grant),
                list(spec.getFrom()).stream()
                        .map(from ->
                                new ReferenceGrant.From(from.getGroup() + "/" + from.getKind(), from.getNamespace()))
                        .toList(),
                list(spec.getTo()).stream()
                        .map(to -> new ReferenceGrant.To(to.getGroup() + "/" + to.getKind(), given(to.getName())))
                        .toList()));
    }

    private static List<HttpRoute.Parent> parents(@Nullable List<ParentReference> parents, String namespace) {
        return list(parents).stream()
                .flatMap(parent -> parent(parent, namespace).stream())
                .toList();
    }

    /** Empty for what is neither a Gateway nor a Service. */
    public static Optional<HttpRoute.Parent> parent(ParentReference parent, String namespace) {
        var name = new ObjectName(requireNonNullElse(parent.getNamespace(), namespace), parent.getName());
        var port = Optional.ofNullable(parent.getPort());
        var kind = requireNonNullElse(parent.getGroup(), GROUP) + "/" + requireNonNullElse(parent.getKind(), "Gateway");
        return switch (kind) {
            case GROUP + "/Gateway" ->
                Optional.of(new HttpRoute.Parent.ToGateway(name, given(parent.getSectionName()), port));
            case HttpRoute.SERVICE -> Optional.of(new HttpRoute.Parent.ToService(name, port));
            default -> Optional.empty();
        };
    }

    private static HttpRoute.Rule rule(HTTPRouteRule rule, String namespace) {
        var unsupported = new ArrayList<String>();
        var matches = list(rule.getMatches()).stream()
                .map(match -> match(match, unsupported))
                .toList();
        var filters = RouteFilters.ofHttp(FILTERS, list(rule.getFilters()), namespace);
        unsupported.addAll(filters.unsupported());
        var backends = backends(list(rule.getBackendRefs()), unsupported, (field, backend) -> {
            var own = RouteFilters.ofHttp(field, list(backend.getFilters()), namespace);
            return new OfBackend(backend(backend, own, namespace), own.unsupportedAtBackend(field));
        });
        if (rule.getSessionPersistence() != null) {
            unsupported.add(SESSION_PERSISTENCE);
        }
        return new HttpRoute.Rule(
                given(rule.getName()),
                matches,
                backends,
                Optional.ofNullable(rule.getTimeouts())
                        .map(timeouts -> new TrafficPolicy.Timeouts(
                                PolicyIngest.duration(timeouts.getRequest()),
                                PolicyIngest.duration(timeouts.getBackendRequest()),
                                Optional.empty())),
                Optional.ofNullable(rule.getRetry()).map(RouteIngest::retries),
                filters.actions(),
                filters.mirrors(),
                unsupported);
    }

    /** @param unsupported fields of its filters that cannot be honoured */
    private record OfBackend(HttpRoute.Backend backend, List<String> unsupported) {}

    /** @param backend what one becomes, given the field of its filters */
    private static <B> List<HttpRoute.Backend> backends(
            List<B> refs, List<String> unsupported, BiFunction<String, B, OfBackend> backend) {
        var backends = new ArrayList<HttpRoute.Backend>();
        for (int i = 0; i < refs.size(); i++) {
            var own = backend.apply("backendRefs[" + i + "]." + FILTERS, refs.get(i));
            unsupported.addAll(own.unsupported());
            backends.add(own.backend());
        }
        return backends;
    }

    /** Beside the codes that it names, a rule retries where nothing can have been executed. */
    private static TrafficPolicy.Retries retries(HTTPRouteRetry retry) {
        return new TrafficPolicy.Retries(
                requireNonNullElse(retry.getAttempts(), RETRIES),
                List.of(),
                List.of(),
                list(retry.getCodes()),
                PolicyIngest.duration(retry.getBackoff())
                        .map(shortest ->
                                new TrafficPolicy.Backoff(shortest, shortest.multipliedBy(LONGEST_OF_SHORTEST))),
                Optional.empty(),
                Optional.empty());
    }

    private static HttpRoute.Rule rule(GRPCRouteRule rule, String namespace) {
        var unsupported = new ArrayList<String>();
        var matches = list(rule.getMatches()).stream()
                .map(match -> match(match, unsupported))
                .toList();
        var filters = RouteFilters.ofGrpc(FILTERS, list(rule.getFilters()), namespace);
        unsupported.addAll(filters.unsupported());
        var backends = backends(list(rule.getBackendRefs()), unsupported, (field, backend) -> {
            var own = RouteFilters.ofGrpc(field, list(backend.getFilters()), namespace);
            return new OfBackend(backend(backend, own, namespace), own.unsupportedAtBackend(field));
        });
        if (rule.getSessionPersistence() != null) {
            unsupported.add(SESSION_PERSISTENCE);
        }
        return new HttpRoute.Rule(
                given(rule.getName()),
                matches,
                backends,
                Optional.empty(),
                Optional.empty(),
                filters.actions(),
                filters.mirrors(),
                unsupported);
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

    /** A method of gRPC is a path. */
    private static TrafficPolicy.Match match(GRPCRouteMatch match, List<String> unsupported) {
        return new TrafficPolicy.Match(
                Optional.ofNullable(match.getMethod()).flatMap(method -> path(method, unsupported)),
                Optional.empty(),
                list(match.getHeaders()).stream()
                        .map(header -> new TrafficPolicy.Field(
                                header.getName(), value("headers", header.getType(), header.getValue(), unsupported)))
                        .toList(),
                List.of());
    }

    private static Optional<StringMatch> path(GRPCMethodMatch match, List<String> unsupported) {
        var service = given(match.getService());
        var method = given(match.getMethod());
        if (service.isEmpty() && method.isEmpty()) {
            return Optional.empty();
        }
        return switch (requireNonNullElse(match.getType(), "Exact")) {
            case "Exact" ->
                method.isEmpty()
                        ? service.map(name -> new StringMatch.Prefix("/" + name))
                        : service.<StringMatch>map(name -> new StringMatch.Exact("/" + name + "/" + method.get()))
                                .or(() -> Optional.of(new StringMatch.Regex("/" + ANY_SEGMENT + "/" + method.get())));
            case "RegularExpression" -> Optional.of(new StringMatch.Regex("/" + group(service) + "/" + group(method)));
            default -> {
                unsupported.add("matches.method.type " + match.getType());
                yield Optional.empty();
            }
        };
    }

    private static String group(Optional<String> expression) {
        return expression.map(it -> "(?:" + it + ")").orElse(ANY_SEGMENT);
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

    private static HttpRoute.Backend backend(HTTPBackendRef backend, RouteFilters filters, String namespace) {
        return backend(
                kind(backend.getGroup(), backend.getKind()),
                name(backend.getNamespace(), namespace, backend.getName()),
                backend.getPort(),
                backend.getWeight(),
                filters);
    }

    private static HttpRoute.Backend backend(GRPCBackendRef backend, RouteFilters filters, String namespace) {
        return backend(
                kind(backend.getGroup(), backend.getKind()),
                name(backend.getNamespace(), namespace, backend.getName()),
                backend.getPort(),
                backend.getWeight(),
                filters);
    }

    private static HttpRoute.Backend backend(
            String kind, ObjectName name, @Nullable Integer port, @Nullable Integer weight, RouteFilters filters) {
        return new HttpRoute.Backend(
                kind,
                name,
                Optional.ofNullable(port),
                requireNonNullElse(weight, 1),
                filters.actions().requestHeaders(),
                filters.actions().responseHeaders());
    }

    static String kind(@Nullable String group, @Nullable String kind) {
        return requireNonNullElse(group, "") + "/" + requireNonNullElse(kind, "Service");
    }

    static ObjectName name(@Nullable String namespace, String own, String name) {
        return new ObjectName(requireNonNullElse(namespace, own), name);
    }

    static Optional<String> given(@Nullable String text) {
        return Stream.ofNullable(text).filter(it -> !it.isEmpty()).findFirst();
    }
}
