// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.envoy;

import dev.selvedge.compiler.model.AppProtocol;
import dev.selvedge.compiler.model.Cidr;
import dev.selvedge.compiler.model.DestinationView;
import dev.selvedge.compiler.model.EndpointsView;
import dev.selvedge.compiler.model.EndpointsView.Endpoint;
import dev.selvedge.compiler.model.EndpointsView.ZoneUse;
import dev.selvedge.compiler.model.ExternalView;
import dev.selvedge.compiler.model.ServiceView;
import dev.selvedge.compiler.model.ServiceView.Backend;
import dev.selvedge.compiler.model.ServiceView.ClusterName;
import dev.selvedge.compiler.model.ServiceView.Pool;
import dev.selvedge.compiler.model.ServiceView.Port;
import dev.selvedge.compiler.model.ServiceView.Proxied;
import dev.selvedge.compiler.model.ServiceView.Retry;
import dev.selvedge.compiler.model.ServiceView.Route;
import dev.selvedge.compiler.model.Upstream;
import dev.selvedge.compiler.resolve.ClusterRanges;
import dev.selvedge.compiler.resource.ResourceName;
import dev.selvedge.compiler.snapshot.LabelSelector;
import dev.selvedge.compiler.snapshot.LoadBalancing.HashKey;
import dev.selvedge.compiler.snapshot.Mesh;
import dev.selvedge.compiler.snapshot.Meta;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.TrafficPolicy.Match;
import dev.selvedge.compiler.snapshot.TrustDomains;
import dev.selvedge.compiler.translate.Translate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Services whose addresses are ports of loopback, put into a client's proxy. */
final class ClientServices {
    static final Retry NO_RETRY = new Retry(0, List.of(), List.of(), Optional.empty(), Optional.empty());

    static final List<Cidr> INSIDE = ClusterRanges.of(List.of(), List.of());

    static final Mesh MESH = new Mesh(
            new Meta(new ObjectName("", "default"), "uid", 1, 0),
            TrustDomains.of("cluster.local"),
            LabelSelector.labels(Map.of()),
            Mesh.MtlsMode.STRICT,
            Mesh.EgressMode.ALLOW,
            Mesh.AuthorizationDefault.ALLOW,
            List.of("127.0.0.0/8"));

    private final TestProxy client;

    ClientServices(TestProxy client) {
        this.client = client;
    }

    /** A pool and who is in it. */
    record Members(Pool pool, List<Endpoint> endpoints, Map<String, ZoneUse> zones) {
        Members(Pool pool, List<Endpoint> endpoints) {
            this(pool, endpoints, Map.of());
        }

        static Members mtls(Set<String> identities, int port) {
            return new Members(pool(Optional.empty(), identities), List.of(endpoint(port, true, false)));
        }

        static Members plaintext(String subset, int port) {
            return new Members(
                    new Pool(Optional.of(subset), new TreeSet<>(), Proxied.NONE),
                    List.of(endpoint(port, false, false)));
        }

        static Pool pool(Optional<String> subset, Set<String> identities) {
            return new Pool(subset, new TreeSet<>(identities), Proxied.ALL);
        }

        static Endpoint endpoint(int port, boolean mtls, boolean draining) {
            return new Endpoint("127.0.0.1", port, mtls, draining, "");
        }
    }

    /** A Service that is called over HTTP at that port of loopback. */
    void http(String name, int port, List<Route> routes, Members... pools) {
        http(name, port, Upstream.DEFAULT, routes, pools);
    }

    void http(String name, int port, Upstream upstream, List<Route> routes, Members... pools) {
        var view = view(name, port, upstream, routes, pools);
        clusters(view, pools);
        client.put(Translate.routeConfiguration(view, view.ports().getFirst()));
        client.put(Translate.scope(ResourceName.scope("127.0.0.1", port), view.name(), port));
        client.listen(Translate.portListener(MESH, INSIDE, nothing(port)), port);
    }

    /** Changes how the endpoints of such a Service are used. */
    void change(String name, int port, Upstream upstream, Members... pools) {
        clusters(view(name, port, upstream, List.of(), pools), pools);
    }

    private static ServiceView view(String name, int port, Upstream upstream, List<Route> routes, Members... pools) {
        var view = new Port(
                port,
                AppProtocol.DETECTED,
                routes,
                Stream.of(pools).map(Members::pool).toList(),
                Optional.empty(),
                upstream,
                new TreeSet<>());
        return new ServiceView(new ObjectName("shop", name), List.of("127.0.0.1"), List.of(view));
    }

    private void clusters(ServiceView service, Members... pools) {
        var port = service.ports().getFirst();
        for (var each : pools) {
            var cluster =
                    new ClusterName(service.name(), port.port(), each.pool().subset());
            client.put(Translate.cluster(service, port, each.pool()));
            client.put(Translate.endpoints(
                    cluster.toString(), new EndpointsView(cluster, each.endpoints(), each.zones())));
        }
    }

    /** A Service of pods without a proxy, at those ports of loopback. */
    void plain(String name, int port, Upstream upstream, Integer... endpoints) {
        http(name, port, upstream, List.of(everything(name, port, NO_RETRY, List.of())), members(endpoints));
    }

    static Members members(Integer... endpoints) {
        var members = Stream.of(endpoints)
                .map(endpoint -> Members.endpoint(endpoint, false, false))
                .toList();
        return new Members(new Pool(Optional.empty(), new TreeSet<>(), Proxied.NONE), members);
    }

    /** The one route of a Service that leads to all its pods. */
    static Route everything(String name, int port, Retry retry, List<HashKey> hash) {
        return new Route(
                "all",
                List.of(),
                List.of(to(cluster(name, port), 1)),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                retry,
                hash,
                false);
    }

    /** Nobody declares anything outside at that port. */
    static ExternalView nothing(int port) {
        return new ExternalView(port, List.of(), false, List.of(), new TreeSet<>(), new TreeSet<>());
    }

    /** What stands behind that port of loopback for connections that are not HTTP. */
    void tcp(int port, DestinationView destination, List<Endpoint> endpoints) {
        var name = ResourceName.tcpCluster("127.0.0.1", port);
        client.put(Translate.tcpCluster(name, destination));
        if (destination instanceof DestinationView.ServicePort service) {
            client.put(Translate.endpoints(name, new EndpointsView(service.cluster(), endpoints)));
        }
    }

    static ClusterName cluster(String service, int port, String... subset) {
        return new ClusterName(
                new ObjectName("shop", service), port, List.of(subset).stream().findFirst());
    }

    static Backend to(ClusterName cluster, int weight) {
        return new Backend.Endpoints(cluster, weight);
    }

    /** Routes in the order in which they are added. */
    static final class Routes {
        private final List<Route> routes = new ArrayList<>();

        Routes add(String name, List<Match> matches, Backend... backends) {
            return add(name, matches, Optional.empty(), NO_RETRY, backends);
        }

        Routes add(String name, List<Match> matches, Optional<Duration> timeout, Retry retry, Backend... backends) {
            routes.add(new Route(
                    name,
                    matches,
                    List.of(backends),
                    timeout,
                    Optional.empty(),
                    Optional.empty(),
                    retry,
                    List.of(),
                    false));
            return this;
        }

        List<Route> list() {
            return List.copyOf(routes);
        }
    }
}
