// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.xds;

import dev.selvedge.compiler.snapshot.Change;
import dev.selvedge.compiler.snapshot.EndpointSlice;
import dev.selvedge.compiler.snapshot.LabelSelector;
import dev.selvedge.compiler.snapshot.Mesh;
import dev.selvedge.compiler.snapshot.Meta;
import dev.selvedge.compiler.snapshot.Namespace;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.Pod;
import dev.selvedge.compiler.snapshot.Service;
import dev.selvedge.compiler.snapshot.SnapshotObject;
import dev.selvedge.compiler.snapshot.StringMatch;
import dev.selvedge.compiler.snapshot.TrafficPolicy;
import dev.selvedge.compiler.snapshot.TrustDomains;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Services of two pods each, with a policy each; always the same, to the byte. */
final class CostWorld {
    private static final String NAMESPACE = "shop";
    private static final Map<String, String> MEMBER = Map.of("selvedge.dev/mesh", "default");

    private CostWorld() {}

    static List<Change> all(int services) {
        var objects = new ArrayList<SnapshotObject>();
        objects.add(mesh(Mesh.AuthorizationDefault.ALLOW));
        objects.add(new Namespace(NAMESPACE, MEMBER));
        for (int number = 0; number < services; number++) {
            objects.addAll(service(number));
            objects.add(policy(number, "none"));
        }
        return objects.stream().<Change>map(Change.Put::new).toList();
    }

    static Mesh mesh(Mesh.AuthorizationDefault decision) {
        return new Mesh(
                meta("", "default"),
                TrustDomains.of("cluster.local"),
                LabelSelector.labels(MEMBER),
                Mesh.MtlsMode.STRICT,
                Mesh.EgressMode.ALLOW,
                decision,
                List.of("10.96.0.0/12"));
    }

    static List<SnapshotObject> service(int number) {
        return List.of(
                pod(number, 0),
                pod(number, 1),
                slice(number, 2),
                new Service(
                        name(number),
                        Map.of("app", name(number).name()),
                        List.of("10.96.0." + (number + 1)),
                        List.of(new Service.Port("http", 80, Optional.of("http")))));
    }

    static Pod pod(int service, int number) {
        var app = name(service).name();
        var name = new ObjectName(NAMESPACE, app + "-" + number);
        var address = "10.1.%d.%d".formatted(service, number + 1);
        return new Pod(name, "uid-" + name, List.of(address), Map.of("app", app), app, new Pod.Proxy.Sidecar());
    }

    /** @param pods how many of the service's pods are in it */
    static EndpointSlice slice(int service, int pods) {
        var endpoints = Stream.iterate(0, number -> number + 1)
                .limit(pods)
                .map(number -> pod(service, number))
                .map(pod -> new EndpointSlice.Endpoint(
                        pod.ips().getFirst(), true, true, false, Optional.of(pod.name()), "a"))
                .toList();
        var name = name(service);
        return new EndpointSlice(new ObjectName(NAMESPACE, name.name() + "-1"), name, Map.of("http", 8080), endpoints);
    }

    /** A policy that routes requests with this header value by themselves. */
    static TrafficPolicy policy(int service, String value) {
        var header = new TrafficPolicy.Field("x-round", new StringMatch.Exact(value));
        var match = new TrafficPolicy.Match(Optional.empty(), Optional.empty(), List.of(header), List.of());
        return new TrafficPolicy(
                meta(NAMESPACE, name(service).name()),
                List.of(name(service).name()),
                List.of(),
                List.of(),
                Optional.empty(),
                List.of(
                        new TrafficPolicy.Route(
                                "marked", List.of(match), List.of(), Optional.empty(), Optional.empty()),
                        new TrafficPolicy.Route("rest", List.of(), List.of(), Optional.empty(), Optional.empty())),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                List.of());
    }

    private static ObjectName name(int service) {
        return new ObjectName(NAMESPACE, "s" + (10 + service));
    }

    private static Meta meta(String namespace, String name) {
        return new Meta(new ObjectName(namespace, name), "uid-of-" + name, 1, 0);
    }
}
