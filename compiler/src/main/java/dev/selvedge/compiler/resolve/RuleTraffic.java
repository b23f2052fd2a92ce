// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import static java.util.function.Predicate.not;

import dev.selvedge.compiler.diagnostic.Origin;
import dev.selvedge.compiler.model.AppProtocol;
import dev.selvedge.compiler.model.ServiceView;
import dev.selvedge.compiler.model.ServiceView.Backend;
import dev.selvedge.compiler.model.ServiceView.ClusterName;
import dev.selvedge.compiler.policy.TimingRules;
import dev.selvedge.compiler.snapshot.HttpRoute;
import dev.selvedge.compiler.snapshot.LoadBalancing.HashKey;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.Reads;
import dev.selvedge.compiler.snapshot.TrafficPolicy;
import dev.selvedge.compiler.snapshot.TrafficPolicy.Retries;
import dev.selvedge.compiler.snapshot.TrafficPolicy.Timeouts;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What the TrafficPolicies of its Services say of a rule of an HTTPRoute. A gateway is one more client of a Service, so
 * it divides the Service's share and limits its time like the others; but it routes by the HTTPRoute alone. So of the
 * policies' routes it takes the first of the port that has no matches.
 *
 * <p>Envoy limits time by route and not by backend. A rule that leads to several Services takes a setting when all of
 * them want the same.
 */
record RuleTraffic(List<Led> led) {
    static final String REQUEST = "timeouts.request";
    static final String PER_TRY = "timeouts.perTry";
    static final String IDLE = "timeouts.idle";
    static final String RETRIES = "retries";
    static final String STREAM = "timeouts.stream";
    private static final String HASH = "loadBalancing.hash";
    private static final String STICKY = "release.sticky";

    /**
     * A backend of the rule.
     *
     * @param traffic of the Service; empty when the reference leads nowhere
     * @param problem why it leads nowhere
     * @param called whether it is the Service that the client called
     */
    record Led(
            HttpRoute.Backend backend,
            Optional<ServiceTraffic> traffic,
            Optional<HttpRoutes.Problem> problem,
            boolean called) {
        boolean receives() {
            return traffic.isPresent() && backend.weight() > 0;
        }

        private ServiceView.Headers headers() {
            return new ServiceView.Headers(backend.requestHeaders(), backend.responseHeaders());
        }

        private Timeouts timeouts() {
            return TimingRules.inEffect(
                    everything().flatMap(TrafficPolicy.Route::timeouts), traffic.map(ServiceTraffic::timeouts));
        }

        private Optional<Retries> retries() {
            return everything()
                    .flatMap(TrafficPolicy.Route::retries)
                    .or(() -> traffic.flatMap(ServiceTraffic::retries));
        }

        private Optional<List<HashKey>> hash() {
            return traffic.map(ServiceTraffic::hash);
        }

        private Optional<Boolean> sticky() {
            return traffic.map(ServiceTraffic::isSticky);
        }

        /** The Service's own policy does not route what a route attached to it sends back to it. */
        Optional<TrafficPolicy.Route> everything() {
            return called
                    ? Optional.empty()
                    : traffic.flatMap(it -> backend.port().flatMap(it::everything));
        }
    }

    RuleTraffic {
        led = List.copyOf(led);
    }

    /** @param called the Service that the route is attached to; empty at a gateway */
    static RuleTraffic of(
            Reads reads,
            Function<ObjectName, ServiceTraffic> traffic,
            HttpRoute route,
            HttpRoute.Rule rule,
            Optional<ObjectName> called) {
        return new RuleTraffic(rule.backends().stream()
                .map(backend -> {
                    var problem = HttpRoutes.problem(reads, route, backend, called);
                    var found = problem.isPresent()
                            ? Optional.<ServiceTraffic>empty()
                            : Optional.of(traffic.apply(backend.name()));
                    return new Led(backend, found, problem, called.equals(Optional.of(backend.name())));
                })
                .toList());
    }

    Stream<Origin> origins() {
        return led.stream().flatMap(it -> it.traffic().stream()).flatMap(it -> it.origins().stream());
    }

    /** The limits that all its Services want. */
    Timeouts timeouts() {
        return new Timeouts(
                agreed(it -> it.timeouts().request()),
                agreed(it -> it.timeouts().perTry()),
                agreed(it -> it.timeouts().idle()),
                agreed(it -> it.timeouts().stream()));
    }

    /** The retries that all its Services want. */
    Optional<Retries> retries() {
        return agreed(Led::retries);
    }

    /** What all its Services want a consistent choice to go by. */
    List<HashKey> hash() {
        return agreed(Led::hash).orElse(List.of());
    }

    /** Whether the choice of the backend is consistent too; a request has one hash for both. */
    boolean isSticky() {
        return !hash().isEmpty() && agreed(Led::sticky).orElse(false);
    }

    /** The settings that its Services want differently, by their names in a TrafficPolicy. */
    List<String> disagreements() {
        return Stream.of(
                        disagreement(REQUEST, it -> it.timeouts().request()),
                        disagreement(PER_TRY, it -> it.timeouts().perTry()),
                        disagreement(IDLE, it -> it.timeouts().idle()),
                        disagreement(RETRIES, Led::retries),
                        disagreement(STREAM, it -> it.timeouts().stream()),
                        disagreement(HASH, Led::hash),
                        disagreement(STICKY, Led::sticky))
                .flatMap(Optional::stream)
                .toList();
    }

    private Optional<String> disagreement(String name, Function<Led, Object> setting) {
        return led.stream().filter(Led::receives).map(setting).distinct().count() > 1
                ? Optional.of(name)
                : Optional.empty();
    }

    private <T> Optional<T> agreed(Function<Led, Optional<T>> setting) {
        var wanted = led.stream().filter(Led::receives).map(setting).distinct().toList();
        return wanted.size() == 1 ? wanted.getFirst() : Optional.empty();
    }

    /** Where the requests go; each backend of the rule keeps its share. */
    List<Backend> backends(Reads reads) {
        var divided = led.stream().map(it -> backends(reads, it)).toList();
        var weights = DividedWeights.of(
                led.stream().map(it -> it.backend().weight()).toList(),
                divided.stream()
                        .map(parts -> parts.stream().map(Backend::weight).toList())
                        .toList());
        return IntStream.range(0, divided.size())
                .boxed()
                .flatMap(i -> IntStream.range(0, divided.get(i).size())
                        .mapToObj(j -> weighing(
                                divided.get(i).get(j),
                                weights.get(i).get(j),
                                led.get(i).headers())))
                .toList();
    }

    /** Of which backend of the rule each of {@link #backends} is a part. */
    List<Led> parts(Reads reads) {
        return led.stream()
                .flatMap(it -> Collections.nCopies(backends(reads, it).size(), it).stream())
                .toList();
    }

    /** The parts of one backend, weighed among each other. */
    private static List<Backend> backends(Reads reads, Led led) {
        var backend = led.backend();
        if (led.traffic().isEmpty()) {
            return List.of(new Backend.Invalid(
                    1, led.problem().map(HttpRoutes.Problem::message).orElse("")));
        }
        var traffic = led.traffic().get();
        int port = backend.port().orElseThrow();
        var parts = Optional.of(led.everything().map(traffic::backends).orElseGet(traffic::released))
                .filter(not(List::isEmpty))
                .filter(_ -> isRouted(reads, traffic, backend.name(), port));
        if (parts.isEmpty()) {
            return List.of(new Backend.Endpoints(new ClusterName(backend.name(), port, Optional.empty()), 1));
        }
        return parts.get().stream()
                .map(part -> ServiceViews.backend(traffic, backend.name(), port, part))
                .toList();
    }

    /** A port that is passed through has no subsets. */
    private static boolean isRouted(Reads reads, ServiceTraffic traffic, ObjectName service, int port) {
        return reads.service(service).stream()
                .flatMap(it -> it.ports().stream())
                .filter(it -> it.port() == port)
                .anyMatch(it -> traffic.protocol(it) != AppProtocol.OPAQUE);
    }

    private static Backend weighing(Backend backend, int weight, ServiceView.Headers headers) {
        return switch (backend) {
            case Backend.Endpoints(var cluster, var _, var _) -> new Backend.Endpoints(cluster, weight, headers);
            case Backend.Invalid(var _, var message) -> new Backend.Invalid(weight, message);
        };
    }
}
