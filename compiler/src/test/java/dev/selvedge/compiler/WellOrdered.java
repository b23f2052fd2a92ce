// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler;

import static dev.selvedge.compiler.Fixtures.MEMBER;
import static dev.selvedge.compiler.Fixtures.routeOf;
import static dev.selvedge.compiler.Fixtures.shop;

import dev.selvedge.compiler.snapshot.EndpointSlice;
import dev.selvedge.compiler.snapshot.Gateway;
import dev.selvedge.compiler.snapshot.HttpRoute;
import dev.selvedge.compiler.snapshot.LabelSelector;
import dev.selvedge.compiler.snapshot.Mesh;
import dev.selvedge.compiler.snapshot.Meta;
import dev.selvedge.compiler.snapshot.Namespace;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.Pod;
import dev.selvedge.compiler.snapshot.Service;
import dev.selvedge.compiler.snapshot.SnapshotObject;
import dev.selvedge.compiler.snapshot.TrafficPolicy;
import dev.selvedge.compiler.snapshot.TrustDomains;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Where the histories of {@link SmallWorld} begin. */
final class WellOrdered {
    private WellOrdered() {}

    /** Where histories begin: a mesh with everything in place, under the names that {@link #objects} uses. */
    static List<SnapshotObject> objects() {
        var objects = new ArrayList<SnapshotObject>();
        objects.add(new Mesh(
                new Meta(new ObjectName("", "x"), "uid-of-x", 1, 1),
                TrustDomains.of("cluster.local"),
                LabelSelector.labels(MEMBER),
                Mesh.MtlsMode.STRICT,
                Mesh.EgressMode.ALLOW,
                Mesh.AuthorizationDefault.ALLOW,
                List.of("10.96.0.0/12", "fd00::/64")));
        for (var namespace : SmallWorld.NAMESPACES) {
            objects.add(new Namespace(namespace, MEMBER));
        }
        for (int i = 0; i < SmallWorld.SERVICES.size(); i++) {
            var service = shop(SmallWorld.SERVICES.get(i));
            var pod = shop(SmallWorld.PODS.get(i));
            var labels = Map.of("app", SmallWorld.SERVICES.get(i), "version", SmallWorld.VERSIONS.get(i));
            objects.add(new Service(
                    service,
                    Map.of("app", SmallWorld.SERVICES.get(i)),
                    List.of(SmallWorld.SERVICE_ADDRESSES.get(i)),
                    List.of(
                            new Service.Port("http", 80, Optional.empty()),
                            new Service.Port("raw", 3306, Optional.empty()))));
            objects.add(new Pod(
                    pod, "uid", List.of(SmallWorld.POD_ADDRESSES.get(i)), labels, "one", new Pod.Proxy.Sidecar()));
            var endpoint = new EndpointSlice.Endpoint(
                    SmallWorld.POD_ADDRESSES.get(i), true, true, false, Optional.of(pod), "");
            objects.add(new EndpointSlice(
                    shop(SmallWorld.NAMES.get(i)), service, Map.of("http", 8080, "raw", 8081), List.of(endpoint)));
        }
        objects.add(new Gateway(
                new Meta(shop("x"), "uid-of-x", 1, 1),
                List.of(new Gateway.Listener("x", 80, "HTTP", Optional.empty(), new Gateway.AllowedNamespaces.All()))));
        objects.add(throughTheGateway());
        objects.add(dividing());
        return objects;
    }

    /** A route that leads to both Services. */
    private static HttpRoute throughTheGateway() {
        var backends = SmallWorld.SERVICES.stream()
                .map(name -> new HttpRoute.Backend(HttpRoute.SERVICE, shop(name), Optional.of(80), 1))
                .toList();
        return new HttpRoute(
                new Meta(shop("y"), "uid-of-y", 1, 1),
                List.of(new HttpRoute.Parent.ToGateway(shop("x"), Optional.empty(), Optional.empty())),
                List.of(),
                List.of(new HttpRoute.Rule(List.of(), backends, Optional.empty(), List.of())));
    }

    /** A policy that divides the requests of the first Service, and otherwise the connections. */
    private static TrafficPolicy dividing() {
        var subsets = SmallWorld.VERSIONS.stream()
                .map(version -> new TrafficPolicy.Subset(version, Map.of("version", version)))
                .toList();
        var backends = SmallWorld.VERSIONS.stream()
                .map(version -> new TrafficPolicy.Backend(Optional.of(version), 1))
                .toList();
        return new TrafficPolicy(
                new Meta(shop("y"), "uid-of-y", 1, 1),
                List.of(SmallWorld.SERVICES.getFirst()),
                List.of(),
                subsets,
                Optional.empty(),
                List.of(
                        routeOf(3306, "raw", backends.getLast()),
                        new TrafficPolicy.Route("rest", List.of(), backends, Optional.empty(), Optional.empty())),
                Optional.of(new TrafficPolicy.Timeouts(
                        Optional.of(Duration.ofSeconds(3)), Optional.empty(), Optional.empty())),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                List.of());
    }
}
