// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import dev.selvedge.compiler.model.Decided;
import dev.selvedge.compiler.model.Decider;
import dev.selvedge.compiler.model.EffectiveService.Overridden;
import dev.selvedge.compiler.model.EffectiveService.Route;
import dev.selvedge.compiler.model.ServiceView;
import dev.selvedge.compiler.model.ServiceView.Backend;
import dev.selvedge.compiler.model.ServiceView.Retry;
import dev.selvedge.compiler.resolve.RuleTraffic.Led;
import dev.selvedge.compiler.snapshot.HttpRoute;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.Reads;
import dev.selvedge.compiler.snapshot.RouteActions;
import dev.selvedge.compiler.snapshot.TrafficPolicy;
import dev.selvedge.compiler.snapshot.TrafficPolicy.Timeouts;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.IntStream;

/** The routes of a Service, with who decides what of them. */
final class EffectiveRoutes {
    private static final Decider NOBODY = new Decider.Nobody();
    private static final String ROUTES = "spec.routes";
    private static final String RETRIES = "spec.retries";
    private static final String RELEASE = "spec.release";
    private static final String ALGORITHM = "spec.loadBalancing.algorithm";

    private EffectiveRoutes() {}

    /** A time of a route: how a TrafficPolicy and how a rule of the Gateway API name it, and where it is. */
    private enum Time {
        REQUEST("timeouts.request", "timeouts.request", Timeouts::request, ServiceView.Route::requestTimeout),
        PER_TRY("timeouts.perTry", "timeouts.backendRequest", Timeouts::perTry, route -> route.retry()
                .perTryTimeout()),
        IDLE("timeouts.idle", "timeouts.idle", Timeouts::idle, ServiceView.Route::idleTimeout),
        STREAM("timeouts.stream", "timeouts.stream", Timeouts::stream, ServiceView.Route::streamTimeout);

        final String field;
        final String ruleField;
        final Function<Timeouts, Optional<Duration>> said;
        final Function<ServiceView.Route, Optional<Duration>> inForce;

        Time(
                String field,
                String ruleField,
                Function<Timeouts, Optional<Duration>> said,
                Function<ServiceView.Route, Optional<Duration>> inForce) {
            this.field = field;
            this.ruleField = ruleField;
            this.said = said;
            this.inForce = inForce;
        }
    }

    /** Who says something about a field, the first decides. */
    private static final class Speakers {
        private final List<Decider> said = new ArrayList<>();

        Speakers add(boolean says, Decider who) {
            if (says && !said.contains(who)) {
                said.add(who);
            }
            return this;
        }

        Decider first() {
            return said.isEmpty() ? NOBODY : said.getFirst();
        }

        <T> Decided<T> decide(T value) {
            return said.isEmpty()
                    ? new Decided<>(value, NOBODY)
                    : new Decided<>(value, said.getFirst(), said.subList(1, said.size()));
        }
    }

    /** Those of the policies, or the one for every request when there are none. */
    static List<Route> ofPolicies(ServiceTraffic own, ObjectName service, int port) {
        var said = own.routes(port);
        var made = ServiceViews.routes(own, service, port);
        return IntStream.range(0, made.size())
                .mapToObj(i -> ofPolicy(own, said.isEmpty() ? Optional.empty() : Optional.of(said.get(i)), made.get(i)))
                .toList();
    }

    private static Route ofPolicy(ServiceTraffic own, Optional<TrafficPolicy.Route> from, ServiceView.Route made) {
        var by = from.map(it -> inRoutes(own, it, "")).orElse(NOBODY);
        var backends = from.filter(it -> !it.backends().isEmpty()).isPresent()
                        || own.release().isEmpty()
                ? by
                : EffectiveServices.decider(own, RELEASE);
        Function<Time, Speakers> times = time -> new Speakers()
                .add(
                        from.flatMap(TrafficPolicy.Route::timeouts)
                                .flatMap(time.said)
                                .isPresent(),
                        from.map(it -> inRoutes(own, it, "." + time.field)).orElse(NOBODY))
                .add(time.said.apply(own.timeouts()).isPresent(), general(own, time));
        var retries = new Speakers()
                .add(
                        from.flatMap(TrafficPolicy.Route::retries).isPresent(),
                        from.map(it -> inRoutes(own, it, ".retries")).orElse(NOBODY))
                .add(own.retries().isPresent(), EffectiveServices.decider(own, RETRIES));
        return route(
                made,
                by,
                made.backends().stream()
                        .map(backend -> new Decided<>(backend, backends))
                        .toList(),
                times,
                retries,
                new Speakers().add(true, hash(own)));
    }

    /** Where connections to a port go that are not HTTP; empty when they go to all pods. */
    static List<Decided<TrafficPolicy.Backend>> connections(ServiceTraffic own, int port) {
        var by = own.everything(port)
                .filter(route -> !route.backends().isEmpty())
                .map(route -> inRoutes(own, route, ".backends"))
                .orElseGet(() -> EffectiveServices.decider(own, RELEASE));
        return own.connections(port).stream()
                .map(backend -> new Decided<>(backend, by))
                .toList();
    }

    /** Those of the Gateway API that are attached to a Service. */
    static List<Route> attached(
            Reads reads, Function<ObjectName, ServiceTraffic> traffic, List<HttpRoute> attached, ObjectName service) {
        return HttpRoutes.attached(reads, traffic, attached, service).stream()
                .map(made -> attached(reads, traffic, made, service))
                .toList();
    }

    private static Route attached(
            Reads reads, Function<ObjectName, ServiceTraffic> traffic, HttpRoutes.Made made, ObjectName service) {
        var own = traffic.apply(service);
        var rule = made.from().rules().get(made.rule());
        var policies = RuleTraffic.of(reads, traffic, made.from(), rule, Optional.of(service));
        Function<String, Decider> inRule =
                field -> new Decider.Of(made.from().ref(), "spec.rules[" + made.rule() + "]" + field);
        var led = policies.led().stream().filter(Led::receives).findFirst();
        Function<Time, Speakers> times = time -> new Speakers()
                .add(rule.timeouts().flatMap(time.said).isPresent(), inRule.apply("." + time.ruleField))
                .add(time.said.apply(own.timeouts()).isPresent(), general(own, time))
                .add(
                        time.said.apply(policies.timeouts()).isPresent(),
                        led.map(it -> time(it, time)).orElse(NOBODY));
        var retries = new Speakers()
                .add(rule.retries().isPresent(), inRule.apply(".retry"))
                .add(own.retries().isPresent(), EffectiveServices.decider(own, RETRIES))
                .add(
                        policies.retries().isPresent(),
                        led.map(EffectiveRoutes::retries).orElse(NOBODY));
        var hash = new Speakers()
                .add(!own.hash().isEmpty(), hash(own))
                .add(
                        !policies.hash().isEmpty(),
                        led.flatMap(Led::traffic).map(EffectiveRoutes::hash).orElse(NOBODY));
        return route(
                made.route(),
                inRule.apply(""),
                backends(reads, made.route(), policies, rule, inRule.apply(".backendRefs")),
                times,
                retries,
                hash);
    }

    private static Route route(
            ServiceView.Route made,
            Decider by,
            List<Decided<Backend>> backends,
            Function<Time, Speakers> times,
            Speakers retries,
            Speakers hash) {
        SortedMap<String, Decided<?>> settings = new TreeMap<>();
        for (var time : Time.values()) {
            time.inForce
                    .apply(made)
                    .ifPresent(
                            value -> settings.put(time.field, times.apply(time).decide(value)));
        }
        settings.put("retries", retries.decide(withoutTime(made.retry())));
        if (!made.hash().isEmpty()) {
            settings.put("loadBalancing.hash", hash.decide(made.hash()));
        }
        var overridden = made.retry().perTryTimeout().isEmpty()
                        && times.apply(Time.PER_TRY).first() instanceof Decider.Of perTry
                        && made.requestTimeout().filter(Duration::isPositive).isPresent()
                ? List.of(new Overridden(perTry, times.apply(Time.REQUEST).first()))
                : List.<Overridden>of();
        return new Route(
                made.name(),
                by,
                made.matches(),
                backends,
                Optional.of(made.actions()).filter(actions -> !actions.equals(RouteActions.NONE)),
                made.mirrors(),
                settings,
                overridden);
    }

    /** The limit of one try is a setting of its own. */
    private static Retry withoutTime(Retry retry) {
        return new Retry(
                retry.attempts(),
                retry.on(),
                retry.methods(),
                retry.codes(),
                Optional.empty(),
                retry.backoff(),
                retry.rateLimitedBackoff());
    }

    /** A rule gives each Service its share; what divides the share is the Service's own policy. */
    private static List<Decided<Backend>> backends(
            Reads reads, ServiceView.Route made, RuleTraffic policies, HttpRoute.Rule rule, Decider refs) {
        var parts = policies.parts(reads);
        return IntStream.range(0, made.backends().size())
                .mapToObj(i -> new Decided<>(
                        made.backends().get(i),
                        rule.unsupported().isEmpty()
                                ? divider(parts.get(i), made.backends().get(i), refs)
                                : refs))
                .toList();
    }

    private static Decider divider(Led led, Backend part, Decider refs) {
        boolean whole = part instanceof Backend.Endpoints(var cluster, var _, var _)
                && cluster.subset().isEmpty();
        if (whole || led.traffic().isEmpty()) {
            return refs;
        }
        var traffic = led.traffic().get();
        return led.everything()
                .filter(route -> !route.backends().isEmpty())
                .map(route -> inRoutes(traffic, route, ".backends"))
                .orElseGet(() -> EffectiveServices.decider(traffic, RELEASE));
    }

    private static Decider time(Led led, Time time) {
        var traffic = led.traffic().orElseThrow();
        return led.everything()
                .filter(route -> route.timeouts().flatMap(time.said).isPresent())
                .map(route -> inRoutes(traffic, route, "." + time.field))
                .orElseGet(() -> general(traffic, time));
    }

    private static Decider retries(Led led) {
        var traffic = led.traffic().orElseThrow();
        return led.everything()
                .filter(route -> route.retries().isPresent())
                .map(route -> inRoutes(traffic, route, ".retries"))
                .orElseGet(() -> EffectiveServices.decider(traffic, RETRIES));
    }

    private static Decider general(ServiceTraffic traffic, Time time) {
        return EffectiveServices.decider(traffic, "spec." + time.field);
    }

    private static Decider hash(ServiceTraffic traffic) {
        return EffectiveServices.decider(traffic, traffic.isSticky() ? RELEASE : ALGORITHM);
    }

    /** A field of a route of the policy whose routes are in force. */
    private static Decider inRoutes(ServiceTraffic traffic, TrafficPolicy.Route route, String field) {
        return EffectiveServices.decider(traffic, ROUTES) instanceof Decider.Of(var object, var _)
                ? new Decider.Of(object, ROUTES + "[" + route.name() + "]" + field)
                : NOBODY;
    }
}
