// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import dev.selvedge.compiler.model.AppProtocol;
import dev.selvedge.compiler.model.ServiceView;
import dev.selvedge.compiler.model.ServiceView.Backend;
import dev.selvedge.compiler.model.ServiceView.ClusterName;
import dev.selvedge.compiler.model.ServiceView.Retry;
import dev.selvedge.compiler.model.ServiceView.Route;
import dev.selvedge.compiler.policy.TimingRules;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.Reads;
import dev.selvedge.compiler.snapshot.Service;
import dev.selvedge.compiler.snapshot.TrafficPolicy;
import dev.selvedge.compiler.snapshot.TrafficPolicy.RetryOn;
import dev.selvedge.compiler.snapshot.TrafficPolicy.Timeouts;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A Service as its clients' proxies see it. */
public final class ServiceViews {
    private static final List<RetryOn> NOTHING_EXECUTED =
            List.of(RetryOn.CONNECT_FAILURE, RetryOn.REFUSED_STREAM, RetryOn.RESET_BEFORE_REQUEST);

    /** What is retried when nobody says anything: two more tries, where the server cannot have executed anything. */
    static final TrafficPolicy.Retries DEFAULT_RETRIES =
            new TrafficPolicy.Retries(2, NOTHING_EXECUTED, List.of(), Optional.empty());

    private ServiceViews() {}

    /** Empty when there is no such Service, or no mesh. */
    public static Optional<ServiceView> resolve(Reads reads, ServiceTraffic traffic, ObjectName name) {
        return reads.mesh()
                .flatMap(_ -> reads.service(name))
                .map(service -> new ServiceView(
                        name,
                        service.clusterIps(),
                        service.ports().stream()
                                .map(port -> port(reads, traffic, service, port))
                                .toList()));
    }

    private static ServiceView.Port port(Reads reads, ServiceTraffic traffic, Service service, Service.Port port) {
        var protocol = traffic.protocol(port);
        var routes = protocol == AppProtocol.OPAQUE ? List.<Route>of() : routes(traffic, service.name(), port.port());
        var behind = ServiceEndpoints.behind(reads, service, port);
        var pools = Stream.concat(Stream.of(Optional.<String>empty()), subsets(routes))
                .map(subset -> ServiceEndpoints.pool(traffic, behind, subset))
                .toList();
        return new ServiceView.Port(
                port.port(), protocol, routes, pools, traffic.timeouts().idle(), traffic.upstream(), traffic.origins());
    }

    /** The subsets that routes lead to. */
    private static Stream<Optional<String>> subsets(List<Route> routes) {
        return routes.stream()
                .flatMap(route -> route.backends().stream())
                .flatMap(backend -> switch (backend) {
                    case Backend.Endpoints(var cluster, var weight) -> cluster.subset().stream();
                    case Backend.Invalid _ -> Stream.<String>empty();
                })
                .distinct()
                .sorted()
                .map(Optional::of);
    }

    private static List<Route> routes(ServiceTraffic traffic, ObjectName service, int port) {
        return traffic.routes().isEmpty()
                ? List.of(route(traffic, service, port, EVERYTHING))
                : traffic.routes().stream()
                        .map(route -> route(traffic, service, port, route))
                        .toList();
    }

    private static final TrafficPolicy.Route EVERYTHING =
            new TrafficPolicy.Route("default", List.of(), List.of(), Optional.empty(), Optional.empty());

    private static Route route(ServiceTraffic traffic, ObjectName service, int port, TrafficPolicy.Route route) {
        var timeouts = TimingRules.inEffect(route.timeouts(), Optional.of(traffic.timeouts()));
        var backends = route.backends().isEmpty()
                ? List.<Backend>of(new Backend.Endpoints(new ClusterName(service, port, Optional.empty()), 1))
                : route.backends().stream()
                        .map(backend -> backend(traffic, service, port, backend))
                        .toList();
        var retries = route.retries().or(traffic::retries).orElse(DEFAULT_RETRIES);
        return new Route(
                route.name(),
                route.matches(),
                backends,
                timeouts.request(),
                timeouts.idle(),
                retry(retries, timeouts),
                traffic.hash());
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
                perTry(timeouts),
                retries.backoff());
    }

    /** A limit of one try that the limit of the request makes pointless is left out; each may come from another policy. */
    private static Optional<Duration> perTry(Timeouts timeouts) {
        return timeouts.perTry().filter(Duration::isPositive).filter(perTry -> timeouts.request()
                .filter(Duration::isPositive)
                .map(request -> perTry.compareTo(request) < 0)
                .orElse(true));
    }
}
