// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.delivery;

import static java.util.Objects.requireNonNull;

import dev.selvedge.compiler.snapshot.ObjectRef;
import dev.selvedge.operator.delivery.Summary.Presence;
import dev.selvedge.operator.delivery.Summary.Proxy;
import dev.selvedge.operator.delivery.Summary.Standing;
import dev.selvedge.operator.topology.Call;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * What one replica last told, ready to be asked.
 *
 * @param name of its pod
 * @param heard whether it has told anything yet
 * @param proxies by id
 * @param standings by object
 * @param calls of its proxies
 * @param crowd whether many proxies come to it at the moment
 * @param atBest how present its proxies can be now: they were connected to it, but the replica itself may be lost
 */
record Replica(
        String name,
        boolean heard,
        Map<Integer, Proxy> proxies,
        Map<ObjectRef, Standing> standings,
        Set<Call> calls,
        boolean crowd,
        Presence atBest) {
    Replica {
        proxies = Map.copyOf(proxies);
        standings = Map.copyOf(standings);
        calls = Set.copyOf(calls);
    }

    /** One that has told nothing yet. */
    static Replica silent(String name) {
        return new Replica(name, false, Map.of(), Map.of(), Set.of(), false, Presence.RECENT);
    }

    static Replica of(String name, Summary summary, Presence atBest) {
        return new Replica(
                name,
                true,
                summary.proxies().stream().collect(Collectors.toMap(Proxy::id, Function.identity())),
                summary.standings().stream().collect(Collectors.toMap(Standing::object, Function.identity())),
                summary.calls(),
                summary.crowd(),
                atBest);
    }

    /** The same replica after another word of it. */
    Replica after(SummaryChange change) {
        var nowProxies = new HashMap<>(proxies);
        nowProxies.keySet().removeAll(change.gone());
        change.proxies().forEach(proxy -> nowProxies.put(proxy.id(), proxy));
        var nowStandings = new HashMap<>(standings);
        nowStandings.keySet().removeAll(change.unheld());
        change.standings().forEach(standing -> nowStandings.put(standing.object(), standing));
        var nowCalls = new HashSet<>(calls);
        nowCalls.removeAll(Set.copyOf(requireNonNull(change.endedCalls())));
        nowCalls.addAll(requireNonNull(change.calls()));
        return new Replica(name, true, nowProxies, nowStandings, nowCalls, change.crowd(), Presence.CONNECTED);
    }

    Replica atBest(Presence presence) {
        return new Replica(name, heard, proxies, standings, calls, crowd, presence);
    }

    /** What it told of some of its proxies. */
    Replica only(Predicate<Proxy> which) {
        var some = proxies.values().stream().filter(which).collect(Collectors.toMap(Proxy::id, Function.identity()));
        return new Replica(name, heard, some, standings, calls, crowd, atBest);
    }

    Presence presence(Proxy proxy) {
        return proxy.presence().compareTo(atBest) > 0 ? proxy.presence() : atBest;
    }

    /** Whether all of its proxies have been offered what that generation of the object shapes. */
    boolean hasCompiled(ObjectRef object, long generation) {
        return standing(object).map(Standing::generation).orElse(0L) == generation;
    }

    /** Seldom asked: only of proxies that are known to be away elsewhere. */
    boolean isConnected(String uid) {
        return proxies.values().stream()
                .anyMatch(proxy -> proxy.uid().equals(uid) && presence(proxy) == Presence.CONNECTED);
    }

    Optional<Standing> standing(ObjectRef object) {
        return Optional.ofNullable(standings.get(object));
    }
}
