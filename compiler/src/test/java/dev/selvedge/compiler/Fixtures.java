// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler;

import dev.selvedge.compiler.incremental.Memo;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy;
import dev.selvedge.compiler.snapshot.Change;
import dev.selvedge.compiler.snapshot.CircuitBreaking;
import dev.selvedge.compiler.snapshot.Connections;
import dev.selvedge.compiler.snapshot.EndpointSlice;
import dev.selvedge.compiler.snapshot.Fault;
import dev.selvedge.compiler.snapshot.Gateway;
import dev.selvedge.compiler.snapshot.HealthCheck;
import dev.selvedge.compiler.snapshot.HttpRoute;
import dev.selvedge.compiler.snapshot.LabelSelector;
import dev.selvedge.compiler.snapshot.LoadBalancing;
import dev.selvedge.compiler.snapshot.Mesh;
import dev.selvedge.compiler.snapshot.Meta;
import dev.selvedge.compiler.snapshot.Namespace;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.Pod;
import dev.selvedge.compiler.snapshot.RateLimit;
import dev.selvedge.compiler.snapshot.RateLimitService;
import dev.selvedge.compiler.snapshot.Reads;
import dev.selvedge.compiler.snapshot.Release;
import dev.selvedge.compiler.snapshot.Service;
import dev.selvedge.compiler.snapshot.SnapshotObject;
import dev.selvedge.compiler.snapshot.StringMatch;
import dev.selvedge.compiler.snapshot.TrafficPolicy;
import dev.selvedge.compiler.snapshot.TrustDomains;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Objects of a small shop, to say in a test only what matters there. Everything is of generation 1. */
public final class Fixtures {
    public static final String SHOP = "shop";

    /** The label by which the mesh of {@link #mesh()} knows its namespaces. */
    public static final Map<String, String> MEMBER = Map.of("selvedge.dev/mesh", "default");

    private Fixtures() {}

    /** The cluster that consists of these objects. */
    public static Reads reads(SnapshotObject... objects) {
        var memo = new Memo();
        memo.apply(puts(objects));
        return memo.reads();
    }

    /** The cluster that consists of a mesh, its member {@code shop}, and these objects. */
    public static Reads shopWith(SnapshotObject... objects) {
        return reads(Stream.concat(Stream.of(mesh(), member(SHOP)), Arrays.stream(objects))
                .toArray(SnapshotObject[]::new));
    }

    public static List<Change> puts(SnapshotObject... objects) {
        return Arrays.<SnapshotObject>stream(objects)
                .<Change>map(Change.Put::new)
                .toList();
    }

    public static ObjectName shop(String name) {
        return new ObjectName(SHOP, name);
    }

    /** @param age smaller is older */
    public static Meta meta(String namespace, String name, int age) {
        return new Meta(new ObjectName(namespace, name), "uid-of-" + name, 1, age);
    }

    public static Mesh mesh() {
        return mesh(Mesh.MtlsMode.STRICT, Mesh.EgressMode.ALLOW, Mesh.AuthorizationDefault.ALLOW);
    }

    public static Mesh mesh(Mesh.MtlsMode mtls, Mesh.EgressMode egress, Mesh.AuthorizationDefault authorization) {
        return new Mesh(
                meta("", "default", 0),
                TrustDomains.of("cluster.local"),
                LabelSelector.labels(MEMBER),
                mtls,
                egress,
                authorization,
                List.of("10.96.0.0/12"));
    }

    /** {@link #mesh()} in which port 80 of that Service counts for rate limits of scope Global. */
    public static Mesh meshCountedBy(ObjectName service) {
        var mesh = mesh();
        return new Mesh(
                mesh.meta(),
                mesh.trustDomains(),
                mesh.members(),
                mesh.mtls(),
                mesh.egress(),
                mesh.authorization(),
                mesh.serviceCidrs(),
                Optional.of(new RateLimitService(service, 80, "selvedge", RateLimitService.Failure.ALLOW)));
    }

    public static Namespace member(String name) {
        return new Namespace(name, MEMBER);
    }

    /** A Service of the shop whose selector is {@code app: <name>}. */
    public static Service service(String name, String address, Service.Port... ports) {
        return new Service(shop(name), Map.of("app", name), List.of(address), List.of(ports));
    }

    public static Service.Port port(int port, String name) {
        return new Service.Port(name, port, Optional.empty());
    }

    /** A pod of the shop with a sidecar, labels {@code app} and {@code version}, and {@code app} as its account. */
    public static Pod pod(String app, String version, String address) {
        return pod(app, version, address, new Pod.Proxy.Sidecar());
    }

    public static Pod pod(String app, String version, String address, Pod.Proxy proxy) {
        var name = app + "-" + version;
        return new Pod(
                shop(name), "uid-of-" + name, List.of(address), Map.of("app", app, "version", version), app, proxy);
    }

    /** The slice of a Service of the shop that holds these pods, all ready. */
    public static EndpointSlice slice(String service, Map<String, Integer> ports, Pod... pods) {
        return slice(service, ports, Arrays.stream(pods).map(Fixtures::ready).toArray(EndpointSlice.Endpoint[]::new));
    }

    public static EndpointSlice slice(String service, Map<String, Integer> ports, EndpointSlice.Endpoint... endpoints) {
        return new EndpointSlice(shop(service + "-1"), shop(service), ports, List.of(endpoints));
    }

    public static EndpointSlice.Endpoint ready(Pod pod) {
        return endpoint(pod, true, true, false);
    }

    public static EndpointSlice.Endpoint endpoint(Pod pod, boolean ready, boolean serving, boolean terminating) {
        return new EndpointSlice.Endpoint(
                pod.ips().getFirst(), ready, serving, terminating, Optional.of(pod.name()), "a");
    }

    /** A TrafficPolicy of the shop, to be completed by {@link TrafficPolicyBuilder#build}. */
    public static TrafficPolicyBuilder trafficPolicy(String name, String... services) {
        return new TrafficPolicyBuilder(name, List.of(services));
    }

    public static TrafficPolicy.Timeouts timeouts(long requestSeconds, long perTrySeconds) {
        return new TrafficPolicy.Timeouts(
                Optional.of(Duration.ofSeconds(requestSeconds)),
                Optional.of(Duration.ofSeconds(perTrySeconds)),
                Optional.empty());
    }

    public static TrafficPolicy.Retries retries(int attempts, TrafficPolicy.RetryOn... on) {
        return new TrafficPolicy.Retries(attempts, List.of(on), List.of(), Optional.empty());
    }

    public static TrafficPolicy.Route route(
            String name, List<TrafficPolicy.Match> matches, TrafficPolicy.Backend... to) {
        return new TrafficPolicy.Route(name, matches, List.of(to), Optional.empty(), Optional.empty());
    }

    /** A route that takes everything to one port. */
    public static TrafficPolicy.Route routeOf(int port, String name, TrafficPolicy.Backend... to) {
        return routeOf(port, route(name, List.of(), to));
    }

    /** A route, for one port alone. */
    public static TrafficPolicy.Route routeOf(int port, TrafficPolicy.Route route) {
        return new TrafficPolicy.Route(
                route.name(),
                List.of(port),
                route.matches(),
                route.backends(),
                route.timeouts(),
                route.retries(),
                route.actions(),
                route.mirrors());
    }

    public static TrafficPolicy.Backend subset(String name, int weight) {
        return new TrafficPolicy.Backend(Optional.of(name), weight);
    }

    public static TrafficPolicy.Match path(StringMatch path) {
        return new TrafficPolicy.Match(Optional.of(path), Optional.empty(), List.of(), List.of());
    }

    public static TrafficPolicy.Match header(String name, StringMatch value) {
        return new TrafficPolicy.Match(
                Optional.empty(), Optional.empty(), List.of(new TrafficPolicy.Field(name, value)), List.of());
    }

    public static AuthorizationPolicy allow(
            String name, AuthorizationPolicy.Target target, AuthorizationPolicy.Rule... rules) {
        return new AuthorizationPolicy(
                meta(SHOP, name, 1), List.of(target), AuthorizationPolicy.Action.ALLOW, List.of(rules));
    }

    public static AuthorizationPolicy deny(
            String name, AuthorizationPolicy.Target target, AuthorizationPolicy.Rule... rules) {
        return new AuthorizationPolicy(
                meta(SHOP, name, 1), List.of(target), AuthorizationPolicy.Action.DENY, List.of(rules));
    }

    public static AuthorizationPolicy.Target toService(String name) {
        return new AuthorizationPolicy.Target.ServiceTarget(name);
    }

    public static AuthorizationPolicy.Target toPods(Map<String, String> labels) {
        return new AuthorizationPolicy.Target.PodTarget(LabelSelector.labels(labels));
    }

    public static AuthorizationPolicy.Rule rule(
            String name, List<AuthorizationPolicy.Source> from, AuthorizationPolicy.Operation... to) {
        return new AuthorizationPolicy.Rule(name, from, List.of(to));
    }

    /** A caller by its service account; without a namespace it is the policy's own. */
    public static AuthorizationPolicy.Source account(String namespace, String name) {
        return new AuthorizationPolicy.Source(List.of(new ObjectName(namespace, name)), List.of(), List.of());
    }

    public static AuthorizationPolicy.Operation ports(Integer... ports) {
        return new AuthorizationPolicy.Operation(List.of(ports), List.of(), List.of());
    }

    public static AuthorizationPolicy.Operation methods(String... methods) {
        return new AuthorizationPolicy.Operation(List.of(), List.of(methods), List.of());
    }

    public static Gateway gateway(String name, Gateway.Listener... listeners) {
        return new Gateway(meta(SHOP, name, 1), List.of(listeners));
    }

    /** An HTTP listener for routes of all namespaces. */
    public static Gateway.Listener listener(String name, int port, String hostname) {
        return new Gateway.Listener(
                name,
                port,
                "HTTP",
                Optional.of(hostname).filter(it -> !it.isEmpty()),
                new Gateway.AllowedNamespaces.All());
    }

    public static HttpRoute httpRoute(
            String name, int age, String gateway, List<String> hosts, HttpRoute.Rule... rules) {
        return new HttpRoute(
                meta(SHOP, name, age),
                List.of(new HttpRoute.Parent.ToGateway(shop(gateway), Optional.empty(), Optional.empty())),
                hosts,
                List.of(rules));
    }

    public static HttpRoute.Rule httpRule(List<TrafficPolicy.Match> matches, HttpRoute.Backend... backends) {
        return new HttpRoute.Rule(matches, List.of(backends), Optional.empty(), List.of());
    }

    public static HttpRoute.Backend httpBackend(String service, int port) {
        return new HttpRoute.Backend("/Service", shop(service), Optional.of(port), 1);
    }

    /** Sets what differs from an empty policy. */
    public static final class TrafficPolicyBuilder {
        private final String name;
        private final List<String> services;
        private int age = 1;
        private final List<TrafficPolicy.PortProtocol> ports = new ArrayList<>();
        private final List<TrafficPolicy.Subset> subsets = new ArrayList<>();
        private List<TrafficPolicy.Route> routes = List.of();
        private Optional<TrafficPolicy.Timeouts> timeouts = Optional.empty();
        private Optional<TrafficPolicy.Retries> retries = Optional.empty();
        private Optional<LoadBalancing> loadBalancing = Optional.empty();
        private Optional<CircuitBreaking> circuitBreaking = Optional.empty();
        private Optional<Connections> connections = Optional.empty();
        private Optional<HealthCheck> healthCheck = Optional.empty();
        private Optional<Release> release = Optional.empty();

        private List<RateLimit> rateLimits = List.of();
        private List<Fault> faults = List.of();

        private TrafficPolicyBuilder(String name, List<String> services) {
            this.name = name;
            this.services = services;
        }

        public TrafficPolicyBuilder age(int value) {
            age = value;
            return this;
        }

        public TrafficPolicyBuilder port(int port, TrafficPolicy.Protocol protocol) {
            ports.add(new TrafficPolicy.PortProtocol(port, protocol));
            return this;
        }

        /** A subset by the label {@code version}, named like its value. */
        public TrafficPolicyBuilder version(String version) {
            return subset(version, Map.of("version", version));
        }

        public TrafficPolicyBuilder subset(String subset, Map<String, String> labels) {
            subsets.add(new TrafficPolicy.Subset(subset, labels));
            return this;
        }

        public TrafficPolicyBuilder routes(TrafficPolicy.Route... values) {
            routes = List.of(values);
            return this;
        }

        public TrafficPolicyBuilder timeouts(TrafficPolicy.Timeouts value) {
            timeouts = Optional.of(value);
            return this;
        }

        public TrafficPolicyBuilder retries(TrafficPolicy.Retries value) {
            retries = Optional.of(value);
            return this;
        }

        public TrafficPolicyBuilder release(Release value) {
            release = Optional.of(value);
            return this;
        }

        public TrafficPolicyBuilder healthCheck(HealthCheck value) {
            healthCheck = Optional.of(value);
            return this;
        }

        public TrafficPolicyBuilder loadBalancing(LoadBalancing value) {
            loadBalancing = Optional.of(value);
            return this;
        }

        public TrafficPolicyBuilder circuitBreaking(CircuitBreaking value) {
            circuitBreaking = Optional.of(value);
            return this;
        }

        public TrafficPolicyBuilder connections(Connections value) {
            connections = Optional.of(value);
            return this;
        }

        public TrafficPolicyBuilder rateLimits(RateLimit... values) {
            rateLimits = List.of(values);
            return this;
        }

        public TrafficPolicyBuilder faults(Fault... values) {
            faults = List.of(values);
            return this;
        }

        public TrafficPolicy build() {
            return new TrafficPolicy(
                    meta(SHOP, name, age),
                    services,
                    ports,
                    subsets,
                    release,
                    routes,
                    timeouts,
                    retries,
                    loadBalancing,
                    circuitBreaking,
                    healthCheck,
                    connections,
                    rateLimits,
                    faults);
        }
    }
}
