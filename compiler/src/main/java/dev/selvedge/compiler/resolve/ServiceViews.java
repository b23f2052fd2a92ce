// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import dev.selvedge.compiler.diagnostic.Origin;
import dev.selvedge.compiler.model.ServiceView;
import dev.selvedge.compiler.model.ServiceView.Backend;
import dev.selvedge.compiler.model.ServiceView.ClusterName;
import dev.selvedge.compiler.model.ServiceView.Mirror;
import dev.selvedge.compiler.model.ServiceView.Retry;
import dev.selvedge.compiler.model.ServiceView.Route;
import dev.selvedge.compiler.policy.TimingRules;
import dev.selvedge.compiler.snapshot.Clients;
import dev.selvedge.compiler.snapshot.HttpRoute;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.Reads;
import dev.selvedge.compiler.snapshot.Service;
import dev.selvedge.compiler.snapshot.TrafficPolicy;
import dev.selvedge.compiler.snapshot.TrafficPolicy.RetryOn;
import dev.selvedge.compiler.snapshot.TrafficPolicy.Timeouts;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;

/** A Service as its clients' proxies see it. */
public final class ServiceViews {
    private static final List<RetryOn> NOTHING_EXECUTED =
            List.of(RetryOn.CONNECT_FAILURE, RetryOn.REFUSED_STREAM, RetryOn.RESET_BEFORE_REQUEST);

    /** What is retried when nobody says anything: two more tries, where the server cannot have executed anything. */
    static final TrafficPolicy.Retries DEFAULT_RETRIES =
            new TrafficPolicy.Retries(2, NOTHING_EXECUTED, List.of(), Optional.empty());

    private ServiceViews() {}

    /**
     * Empty when there is no such Service, or no mesh.
     *
     * @param traffic what the TrafficPolicies say of a Service
     * @param clients whose view it is
     */
    public static Optional<ServiceView> resolve(
            Reads reads, Function<ObjectName, ServiceTraffic> traffic, ObjectName name, Clients clients) {
        return reads.mesh()
                .flatMap(_ -> reads.service(name))
                .map(service -> new ServiceView(
                        name,
                        service.clusterIps(),
                        service.ports().stream()
                                .map(port -> port(reads, traffic, service, port, clients))
                                .toList()));
    }

    private static ServiceView.Port port(
            Reads reads,
            Function<ObjectName, ServiceTraffic> traffic,
            Service service,
            Service.Port port,
            Clients clients) {
        var own = traffic.apply(service.name());
        var protocol = own.protocol(port);
        var attached = ServiceRoutes.isRouted(own, port)
                ? ServiceRoutes.of(reads, service, port).forClients(clients)
                : List.<HttpRoute>of();
        var policy = ServiceRoutes.isRouted(own, port) ? routes(own, service.name(), port.port()) : List.<Route>of();
        var behind = ServiceEndpoints.behind(reads, service, port);
        var pools = Stream.concat(Stream.of(Optional.<String>empty()), subsets(own, policy))
                .map(subset -> ServiceEndpoints.pool(own, behind, subset))
                .toList();
        return new ServiceView.Port(
                port.port(),
                protocol,
                attached.isEmpty()
                        ? taken(policy, clients)
                        : HttpRoutes.attached(reads, traffic, attached, service.name()).stream()
                                .map(HttpRoutes.Made::route)
                                .toList(),
                pools,
                own.timeouts().idle(),
                own.upstream(),
                origins(reads, traffic, service.name(), attached));
    }

    private static SortedSet<Origin> origins(
            Reads reads, Function<ObjectName, ServiceTraffic> traffic, ObjectName service, List<HttpRoute> attached) {
        var origins = new TreeSet<>(traffic.apply(service).origins());
        attached.forEach(route -> origins.addAll(HttpRoutes.origins(reads, traffic, route, Optional.of(service))));
        return origins;
    }

    /** Those that may take requests of these clients, each with the matches that these can meet. */
    private static List<Route> taken(List<Route> routes, Clients clients) {
        return routes.stream()
                .flatMap(route -> {
                    var matches = route.matches().stream()
                            .filter(match -> clients.are(match.source()))
                            .toList();
                    return matches.isEmpty() && !route.matches().isEmpty()
                            ? Stream.empty()
                            : Stream.of(route.withMatches(matches));
                })
                .toList();
    }

    /** The subsets that the policies' routes lead to; a gateway may send to them too, whatever is attached here. */
    private static Stream<Optional<String>> subsets(ServiceTraffic traffic, List<Route> routes) {
        var named = routes.stream()
                .flatMap(route -> Stream.concat(
                        route.backends().stream().flatMap(backend -> switch (backend) {
                            case Backend.Endpoints(var cluster, var _, var _) -> cluster.subset().stream();
                            case Backend.Invalid _ -> Stream.<String>empty();
                        }),
                        route.mirrors().stream().flatMap(mirror -> mirror.cluster().subset().stream())));
        // A route that is attached may lead to the release where no route of a policy does.
        var released = routes.isEmpty()
                ? Stream.<String>of()
                : traffic.released().stream()
                        .flatMap(backend -> backend.subset().stream())
                        .filter(traffic.subsets()::containsKey);
        return Stream.concat(named, released).distinct().sorted().map(Optional::of);
    }

    /** The policies' routes for a port, in their order; one for every request when there are none. */
    static List<Route> routes(ServiceTraffic traffic, ObjectName service, int port) {
        var routes = traffic.routes(port);
        return routes.isEmpty()
                ? List.of(route(traffic, service, port, EVERYTHING))
                : routes.stream()
                        .map(route -> route(traffic, service, port, route))
                        .toList();
    }

    private static final TrafficPolicy.Route EVERYTHING =
            new TrafficPolicy.Route("default", List.of(), List.of(), Optional.empty(), Optional.empty());

    private static Route route(ServiceTraffic traffic, ObjectName service, int port, TrafficPolicy.Route route) {
        var timeouts = TimingRules.inEffect(route.timeouts(), Optional.of(traffic.timeouts()));
        var divided = traffic.backends(route);
        var backends = divided.isEmpty()
                ? List.<Backend>of(new Backend.Endpoints(new ClusterName(service, port, Optional.empty()), 1))
                : divided.stream()
                        .map(backend -> backend(traffic, service, port, backend))
                        .toList();
        var retries = route.retries().or(traffic::retries).orElse(DEFAULT_RETRIES);
        return new Route(
                route.name(),
                route.matches(),
                backends,
                timeouts.request(),
                timeouts.idle(),
                timeouts.stream(),
                retry(retries, timeouts),
                traffic.hash(),
                traffic.isSticky(),
                route.actions(),
                mirrors(traffic, service, port, route));
    }

    /** A copy to a subset that nobody defines goes nowhere. */
    private static List<Mirror> mirrors(
            ServiceTraffic traffic, ObjectName service, int port, TrafficPolicy.Route route) {
        return route.mirrors().stream()
                .filter(mirror -> mirror.subset().stream().allMatch(traffic.subsets()::containsKey))
                .map(mirror -> new Mirror(new ClusterName(service, port, mirror.subset()), mirror.share()))
                .toList();
    }

    static Backend backend(ServiceTraffic traffic, ObjectName service, int port, TrafficPolicy.Backend backend) {
        return backend.subset()
                .filter(subset -> !traffic.subsets().containsKey(subset))
                .<Backend>map(subset -> new Backend.Invalid(
                        backend.weight(), "no TrafficPolicy defines subset " + subset + " of Service " + service))
                .orElseGet(() ->
                        new Backend.Endpoints(new ClusterName(service, port, backend.subset()), backend.weight()));
    }

    static Retry retry(TrafficPolicy.Retries retries, Timeouts timeouts) {
        var on = retries.on().isEmpty() ? NOTHING_EXECUTED : retries.on();
        return new Retry(
                retries.attempts(),
                retries.attempts() == 0 ? List.of() : on,
                retries.methods(),
                retries.codes(),
                perTry(timeouts),
                retries.backoff(),
                retries.rateLimitedBackoff());
    }

    /** A limit of one try that the limit of the request makes pointless is left out; each may come from another policy. */
    private static Optional<Duration> perTry(Timeouts timeouts) {
        return timeouts.perTry().filter(Duration::isPositive).filter(perTry -> timeouts.request()
                .filter(Duration::isPositive)
                .map(request -> perTry.compareTo(request) < 0)
                .orElse(true));
    }
}
