// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.mesh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.selvedge.api.v1alpha1.MeshSpec;
import dev.selvedge.api.v1alpha1.MeshTopology;
import dev.selvedge.api.v1alpha1.MeshTopology.AllowedCaller;
import dev.selvedge.api.v1alpha1.MeshTopology.Destination;
import dev.selvedge.api.v1alpha1.MeshTopology.Extent;
import dev.selvedge.api.v1alpha1.MeshTopology.Observed;
import dev.selvedge.api.v1alpha1.MeshTopology.UndeclaredPort;
import dev.selvedge.compiler.model.Callers;
import dev.selvedge.compiler.snapshot.Change;
import dev.selvedge.compiler.snapshot.Kind;
import dev.selvedge.compiler.snapshot.Node;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.ObjectRef;
import dev.selvedge.compiler.snapshot.Pod;
import dev.selvedge.reconciler.injection.MeshMembers;
import dev.selvedge.reconciler.mesh.Membership.Zone;
import dev.selvedge.reconciler.status.MeshState;
import dev.selvedge.reconciler.status.MeshState.Topology;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class TopologyStatusesTest {
    private static final Callers OPEN = new Callers(Callers.Extent.ALWAYS, Collections.emptySortedMap());
    private static final ObjectName REVIEWS = new ObjectName("shop", "reviews");
    private static final ObjectName RATINGS = new ObjectName("shop", "ratings");

    @Test
    void a_service_says_who_may_and_who_does_call_it() {
        var callers = new Callers(
                Callers.Extent.NEVER,
                new TreeMap<>(
                        Map.of(REVIEWS, Callers.Extent.SOMETIMES, Callers.anyOf("staff"), Callers.Extent.ALWAYS)));

        var status = of(Map.of(RATINGS, callers, REVIEWS, OPEN), Map.of(RATINGS, names("reviews")));

        assertThat(status.services()).isEqualTo(2);
        assertThat(status.calls()).isEqualTo(1);
        assertThat(status.destinations())
                .containsExactly(
                        new Destination(
                                "shop/ratings",
                                List.of(
                                        new AllowedCaller("shop/reviews", Extent.SOMETIMES),
                                        new AllowedCaller("staff/*", Extent.ALWAYS),
                                        new AllowedCaller("*", Extent.NEVER)),
                                0,
                                List.of("shop/reviews"),
                                0),
                        new Destination(
                                "shop/reviews", List.of(new AllowedCaller("*", Extent.ALWAYS)), 0, List.of(), 0));
    }

    @Test
    void what_is_left_out_is_counted_and_services_that_are_called_come_first() {
        var may = new TreeMap<ObjectName, Callers>();
        IntStream.range(0, 30).forEach(i -> may.put(new ObjectName("shop", "s" + (10 + i)), OPEN));
        var callers = names(IntStream.range(0, 12).mapToObj(i -> "c" + (10 + i)).toArray(String[]::new));

        var status = of(may, Map.of(new ObjectName("shop", "s39"), callers));

        assertThat(status.destinations()).hasSize(20);
        assertThat(status.destinationsLeftOut()).isEqualTo(10);
        assertThat(status.destinations().getFirst().service()).isEqualTo("shop/s39");
        assertThat(status.destinations().getFirst().calledBy()).hasSize(10).startsWith("shop/c10");
        assertThat(status.destinations().getFirst().calledByLeftOut()).isEqualTo(2);
        assertThat(status.calls()).isEqualTo(12);
    }

    @Test
    void a_port_that_nobody_declared_says_what_was_seen_there_and_what_to_write() {
        var status = undeclared(List.of(
                new MeshState.UndeclaredPort(RATINGS, 80, true, false),
                new MeshState.UndeclaredPort(RATINGS, 5000, false, true),
                new MeshState.UndeclaredPort(REVIEWS, 80, true, true)));

        assertThat(status.undeclaredPorts())
                .extracting(UndeclaredPort::service, UndeclaredPort::port, UndeclaredPort::observed)
                .containsExactly(
                        tuple("shop/ratings", 80, Observed.HTTP),
                        tuple("shop/ratings", 5000, Observed.TCP),
                        tuple("shop/reviews", 80, Observed.HTTP_AND_TCP));
        assertThat(status.undeclaredPorts().subList(0, 2))
                .extracting(UndeclaredPort::suggestion)
                .containsExactly("appProtocol: http", "appProtocol: tcp");
        assertThat(status.undeclaredPortsLeftOut()).isZero();
    }

    @Test
    void undeclared_ports_beyond_20_are_counted() {
        var status = undeclared(IntStream.range(0, 23)
                .mapToObj(i -> new MeshState.UndeclaredPort(REVIEWS, 8000 + i, true, false))
                .toList());

        assertThat(status.undeclaredPorts()).hasSize(20);
        assertThat(status.undeclaredPortsLeftOut()).isEqualTo(3);
    }

    private static MeshTopology undeclared(List<MeshState.UndeclaredPort> ports) {
        return TopologyStatuses.of(new Topology(new TreeMap<>(), new TreeMap<>(), ports), List.of());
    }

    @Test
    void zones_and_regions_are_read_from_the_nodes() {
        var membership = new Membership();
        var told = new AtomicInteger();
        membership.onChange(told::incrementAndGet);
        membership.accept(List.of(
                new Change.Put(new Node("n1", "a", "west")),
                new Change.Put(new Node("n2", "a", "west")),
                new Change.Put(new Node("n3", "", "")),
                new Change.Put(pod("one", "n1")),
                new Change.Put(pod("two", "n2")),
                new Change.Put(pod("three", "n3"))));
        assertThat(zones(membership)).containsExactly(new Zone("", "", 1, 1), new Zone("a", "west", 2, 2));

        membership.accept(List.of(new Change.Remove(ObjectRef.of(Kind.NODE, "", "n2"))));
        assertThat(zones(membership)).containsExactly(new Zone("", "", 1, 1), new Zone("a", "west", 1, 1));
        assertThat(told).hasValue(2);
        membership.accept(List.of(new Change.Put(new Node("n1", "a", "west"))));
        assertThat(told).as("the same again").hasValue(2);
    }

    private static List<Zone> zones(Membership membership) {
        return membership
                .of(new MeshMembers(MeshSpec.DEFAULT.members().namespaceSelector(), "selvedge-system"))
                .zones();
    }

    private static Pod pod(String name, String node) {
        return new Pod(
                new ObjectName("shop", name),
                "uid",
                List.of("10.1.0.1"),
                Map.of(),
                "default",
                new Pod.Proxy.Sidecar(),
                Optional.of(node));
    }

    private static SortedSet<ObjectName> names(String... names) {
        var all = new TreeSet<ObjectName>();
        for (var name : names) {
            all.add(new ObjectName("shop", name));
        }
        return all;
    }

    private static MeshTopology of(Map<ObjectName, Callers> may, Map<ObjectName, SortedSet<ObjectName>> calls) {
        return TopologyStatuses.of(new Topology(new TreeMap<>(may), new TreeMap<>(calls), List.of()), List.of());
    }
}
