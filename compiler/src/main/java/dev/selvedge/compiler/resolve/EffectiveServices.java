// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import static dev.selvedge.compiler.model.EffectiveService.policy;
import static java.util.stream.Collectors.joining;

import dev.selvedge.compiler.diagnostic.FieldError;
import dev.selvedge.compiler.model.AppProtocol;
import dev.selvedge.compiler.model.Decided;
import dev.selvedge.compiler.model.Decider;
import dev.selvedge.compiler.model.EffectiveService;
import dev.selvedge.compiler.model.EffectiveService.Overridden;
import dev.selvedge.compiler.model.EffectiveService.Port;
import dev.selvedge.compiler.model.EffectiveService.Routing;
import dev.selvedge.compiler.model.EffectiveService.Unused;
import dev.selvedge.compiler.policy.Validation;
import dev.selvedge.compiler.resolve.ServiceTraffic.Loss;
import dev.selvedge.compiler.snapshot.Fault;
import dev.selvedge.compiler.snapshot.HttpRoute;
import dev.selvedge.compiler.snapshot.Mesh;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.RateLimit;
import dev.selvedge.compiler.snapshot.Reads;
import dev.selvedge.compiler.snapshot.Service;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * What is in force for a Service, told by what the proxies' configuration is made from. Who decides a field is found by
 * asking in the same order as the compiler does.
 */
public final class EffectiveServices {
    private static final Decider NOBODY = new Decider.Nobody();

    private EffectiveServices() {}

    /**
     * Empty for a Service that does not exist or is outside of the mesh.
     *
     * @param traffic what the TrafficPolicies say of a Service
     * @param server what they have its pods' proxies do
     */
    public static Optional<EffectiveService> of(
            Reads reads,
            Function<ObjectName, ServiceTraffic> traffic,
            Function<ObjectName, ServerTraffic> server,
            ObjectName name) {
        return reads.mesh()
                .filter(_ -> Membership.isMember(reads, name.namespace()))
                .flatMap(mesh ->
                        reads.service(name).map(service -> of(reads, traffic, server.apply(name), mesh, service)));
    }

    private static EffectiveService of(
            Reads reads,
            Function<ObjectName, ServiceTraffic> traffic,
            ServerTraffic server,
            Mesh mesh,
            Service service) {
        var own = traffic.apply(service.name());
        return new EffectiveService(
                service.name(),
                service.clusterIps(),
                mtls(mesh),
                subsets(own),
                own.release().map(release -> new Decided<>(release, decider(own, "spec.release"))),
                service.ports().stream()
                        .map(port -> port(reads, traffic, server, service, port))
                        .toList(),
                EffectiveGuards.of(reads, mesh, service),
                Stream.concat(losses(own, server), overridden(reads, own, service))
                        .distinct()
                        .toList(),
                unused(reads, traffic, service));
    }

    static Decided<Mesh.MtlsMode> mtls(Mesh mesh) {
        return new Decided<>(mesh.mtls(), new Decider.Of(mesh.ref(), "spec.mtls.mode"));
    }

    /** Who decides a field of the TrafficPolicies of a Service. */
    static Decider decider(ServiceTraffic traffic, String field) {
        var policy = traffic.deciders().get(field);
        return policy == null ? NOBODY : policy(policy, field);
    }

    private static SortedMap<String, Decided<Map<String, String>>> subsets(ServiceTraffic own) {
        var subsets = new TreeMap<String, Decided<Map<String, String>>>();
        own.subsets()
                .forEach((name, labels) ->
                        subsets.put(name, new Decided<>(labels, decider(own, "spec.subsets[" + name + "]"))));
        return subsets;
    }

    private static Port port(
            Reads reads,
            Function<ObjectName, ServiceTraffic> traffic,
            ServerTraffic server,
            Service service,
            Service.Port port) {
        var own = traffic.apply(service.name());
        var enforced = Optional.ofNullable(server.ports().get(port.port()));
        return new Port(
                port.port(),
                protocol(own, service, port),
                routing(reads, traffic, service, port),
                own.protocol(port) == AppProtocol.HTTP ? List.of() : EffectiveRoutes.connections(own, port.port()),
                settings(reads, own, service, port),
                enforced.stream()
                        .flatMap(it -> it.limits().stream())
                        .map(it -> limit(it.name(), it.limit()))
                        .toList(),
                enforced.stream()
                        .flatMap(it -> it.faults().stream())
                        .map(it -> fault(it.name(), it.fault()))
                        .toList());
    }

    static Decided<RateLimit> limit(String name, RateLimit limit) {
        return new Decided<>(limit, policy(policyOf(name), "spec.rateLimits[" + limit.name() + "]"));
    }

    static Decided<Fault> fault(String name, Fault fault) {
        return new Decided<>(fault, policy(policyOf(name), "spec.faults[" + fault.name() + "]"));
    }

    /** @param name {@code namespace/policy/limit} */
    private static ObjectName policyOf(String name) {
        var parts = name.split("/", 3);
        return new ObjectName(parts[0], parts[1]);
    }

    private static Decided<AppProtocol> protocol(ServiceTraffic own, Service service, Service.Port port) {
        var declared = decider(own, "spec.ports[" + port.port() + "]");
        var field = AppProtocols.field(port)
                .<Decider>map(it -> new Decider.Of(service.ref(), "spec.ports[" + port.port() + "]." + it));
        return declared.equals(NOBODY)
                ? new Decided<>(own.protocol(port), field.orElse(NOBODY))
                : new Decided<>(own.protocol(port), declared, field.stream().toList());
    }

    private static List<Routing> routing(
            Reads reads, Function<ObjectName, ServiceTraffic> traffic, Service service, Service.Port port) {
        var own = traffic.apply(service.name());
        if (!ServiceRoutes.isRouted(own, port)) {
            return List.of();
        }
        var attached = ServiceRoutes.of(reads, service, port);
        var all = new ArrayList<Routing>();
        all.add(new Routing(
                Optional.empty(),
                attached.producer().isEmpty()
                        ? EffectiveRoutes.ofPolicies(own, service.name(), port.port())
                        : EffectiveRoutes.attached(reads, traffic, attached.producer(), service.name())));
        attached.consumers()
                .forEach((namespace, routes) -> all.add(new Routing(
                        Optional.of(namespace), EffectiveRoutes.attached(reads, traffic, routes, service.name()))));
        return all;
    }

    /** How the clients' proxies use its endpoints. */
    private static SortedMap<String, Decided<?>> settings(
            Reads reads, ServiceTraffic own, Service service, Service.Port port) {
        var upstream = own.upstream();
        var settings = new Settings(own);
        var balancing = upstream.loadBalancing();
        settings.put("loadBalancing.algorithm", balancing.algorithm());
        settings.put("loadBalancing.warmup", balancing.warmup());
        settings.put("loadBalancing.panicPercent", balancing.panicPercent());
        settings.put("loadBalancing.locality", balancing.locality());
        if (balancing.locality().isEmpty() && service.prefersZone()) {
            settings.fields.put(
                    "loadBalancing.locality",
                    new Decided<>(
                            Localities.inForce(reads, own, service.name()),
                            new Decider.Of(service.ref(), "spec.trafficDistribution")));
        }
        var breaking = upstream.circuitBreaking();
        settings.put("circuitBreaking.maxConnections", breaking.maxConnections());
        settings.put("circuitBreaking.maxPendingRequests", breaking.maxPendingRequests());
        settings.put("circuitBreaking.maxRequests", breaking.maxRequests());
        settings.put("circuitBreaking.outliers", breaking.outliers());
        settings.put("healthCheck", upstream.healthCheck());
        var connections = upstream.connections();
        settings.put("connections.connectTimeout", connections.connectTimeout());
        settings.put("connections.idle", connections.idle());
        settings.put("connections.lifetime", connections.lifetime());
        settings.put("connections.maxRequests", connections.maxRequests());
        settings.put("connections.keepAlive", connections.keepAlive());
        if (own.protocol(port) != AppProtocol.OPAQUE) {
            settings.put("connections.upgrade", connections.upgrade());
        }
        settings.put("timeouts.idle", own.timeouts().idle());
        upstream.retryBudget()
                .ifPresent(budget ->
                        settings.fields.put("retries.budget", new Decided<>(budget, decider(own, "spec.retries"))));
        if (own.protocol(port) == AppProtocol.OPAQUE
                && !own.connections(port.port()).isEmpty()) {
            // Connections that are divided by weight are not divided by zone.
            settings.fields.remove("loadBalancing.locality");
        }
        return settings.fields;
    }

    private record Settings(ServiceTraffic own, SortedMap<String, Decided<?>> fields) {
        Settings(ServiceTraffic own) {
            this(own, new TreeMap<>());
        }

        void put(String field, Optional<?> value) {
            value.ifPresent(it -> fields.put(field, new Decided<>(it, decider(own, "spec." + field))));
        }
    }

    private static Stream<Overridden> losses(ServiceTraffic own, ServerTraffic server) {
        return Stream.of(own.losses(), server.losses())
                .flatMap(losses -> new TreeMap<ObjectName, List<Loss>>(losses).entrySet().stream())
                .flatMap(entry -> entry.getValue().stream()
                        .map(loss -> new Overridden(
                                policy(entry.getKey(), loss.field()), policy(loss.winner(), loss.field()))));
    }

    /** Routes that are attached win over those of the policies. */
    private static Stream<Overridden> overridden(Reads reads, ServiceTraffic own, Service service) {
        if (!(decider(own, "spec.routes") instanceof Decider.Of routes)) {
            return Stream.empty();
        }
        return service.ports().stream()
                .filter(port -> ServiceRoutes.isRouted(own, port)
                        && !own.routes(port.port()).isEmpty())
                .map(port -> ServiceRoutes.of(reads, service, port))
                .flatMap(attached -> Stream.concat(
                        attached.producer().stream().map(route -> new Overridden(routes, rules(route))),
                        attached.consumers().entrySet().stream().flatMap(entry -> entry.getValue().stream()
                                .map(route -> new Overridden(routes, rules(route), Optional.of(entry.getKey()))))));
    }

    private static Decider.Of rules(HttpRoute route) {
        return new Decider.Of(route.ref(), "spec.rules");
    }

    private static List<Unused> unused(Reads reads, Function<ObjectName, ServiceTraffic> traffic, Service service) {
        var policies = reads.trafficPolicies(service.name()).stream().flatMap(policy -> {
            var mistakes = Validation.check(policy);
            return mistakes.isEmpty()
                    ? Stream.<Unused>empty()
                    : Stream.of(new Unused(
                            new Decider.Of(policy.ref(), "spec"),
                            mistakes.stream().map(FieldError::message).collect(joining("; "))));
        });
        var routes = reads.httpRoutesOf(service.name()).stream()
                .flatMap(route -> ServiceRoutes.parents(route, service.name())
                        .flatMap(parent -> ServiceAttachment.refusal(reads, traffic, route, parent).stream())
                        .map(refusal -> new Unused(
                                new Decider.Of(route.ref(), "spec.parentRefs"),
                                refusal.reason().text() + ": " + refusal.message())));
        return Stream.concat(policies, routes).toList();
    }
}
