// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.delivery;

import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.ObjectRef;
import dev.selvedge.operator.delivery.Holding.State;
import dev.selvedge.operator.delivery.Summary.Presence;
import dev.selvedge.operator.delivery.Summary.Proxy;
import dev.selvedge.operator.delivery.Summary.Standing;
import dev.selvedge.reconciler.pki.Lifespan;
import dev.selvedge.reconciler.status.MeshState.Delivery;
import dev.selvedge.reconciler.status.MeshState.Fleet;
import dev.selvedge.reconciler.status.MeshState.Rejection;
import dev.selvedge.reconciler.trust.ProxyTrust;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Adds up what several replicas know. A proxy counts once, where it is connected; what it had elsewhere counts only
 * while it moves. Nothing is claimed that no replica has seen.
 */
final class Sum {
    private static final int NAMED_PROXIES = 5;

    /** What a replica says of one proxy. */
    private record Word(Proxy proxy, Presence presence, State state) {}

    private final List<Replica> replicas;
    private final Predicate<Proxy> exists;
    private final Predicate<Proxy> connected;
    private final Function<Proxy, Optional<Lifespan>> kept;

    /**
     * @param exists whether the pod of a proxy that is not connected is still there
     * @param connected whether a proxy is connected to any replica
     * @param kept the certificate that a proxy has from its kubelet
     */
    Sum(
            List<Replica> replicas,
            Predicate<Proxy> exists,
            Predicate<Proxy> connected,
            Function<Proxy, Optional<Lifespan>> kept) {
        this.replicas = List.copyOf(replicas);
        this.exists = exists;
        this.connected = connected;
        this.kept = kept;
    }

    /**
     * What one replica alone knows of proxies that are connected to it, in the generation that it compiled: each counts
     * once. Empty when one refuses, since there is more to say then.
     *
     * @param settling what is awaited
     */
    static Optional<Delivery> delivery(Standing standing, Optional<String> settling) {
        int current = 0;
        for (var state : standing.states().values()) {
            if (state == State.REJECTING) {
                return Optional.empty();
            }
            current += state == State.CURRENT ? 1 : 0;
        }
        var total = standing.states().size();
        return Optional.of(new Delivery(
                standing.generation(),
                total,
                current,
                total - current,
                0,
                Optional.empty(),
                settling.stream().toList()));
    }

    /** @param settling what else is awaited */
    Delivery delivery(ObjectRef object, long generation, Optional<String> settling) {
        var words = new HashMap<String, Word>();
        for (var replica : replicas) {
            replica.standing(object).ifPresent(standing -> standing.states().forEach((id, state) -> {
                var proxy = replica.proxies().get(id);
                if (proxy != null) {
                    var known = state == State.CURRENT && standing.generation() != generation ? State.PENDING : state;
                    hear(words, new Word(proxy, replica.presence(proxy), known));
                }
            }));
        }
        words.values().removeIf(word -> word.presence() == Presence.AWAY && connected.test(word.proxy()));
        return delivery(
                object,
                generation,
                words.values(),
                Stream.concat(settling.stream(), awaited(object, generation)).toList());
    }

    /** What may still be told of proxies that are not known to hold anything of the object. */
    private Stream<String> awaited(ObjectRef object, long generation) {
        return replicas.stream()
                .filter(replica -> replica.atBest() != Presence.AWAY)
                .filter(replica -> !replica.heard()
                        || !replica.hasCompiled(object, generation)
                                && replica.proxies().values().stream().anyMatch(proxy -> isOnly(replica, proxy)))
                .map(replica -> replica.heard()
                        ? "replica %s has not told yet what became of generation %d at its proxies"
                                .formatted(replica.name(), generation)
                        : "replica %s has not told anything yet".formatted(replica.name()))
                .sorted();
    }

    /** Whether nobody else knows better what a proxy has. */
    private boolean isOnly(Replica replica, Proxy proxy) {
        return switch (replica.presence(proxy)) {
            case CONNECTED -> true;
            case RECENT -> !connected.test(proxy) && exists.test(proxy);
            case AWAY -> false;
        };
    }

    private Delivery delivery(ObjectRef object, long generation, Collection<Word> words, List<String> awaited) {
        var counts = counts(words);
        var rejecting = words.stream()
                .filter(word -> state(word) == State.REJECTING)
                .map(word -> word.proxy().pod().toString())
                .sorted()
                .limit(NAMED_PROXIES)
                .toList();
        var rejection = rejecting.isEmpty()
                ? Optional.<Rejection>empty()
                : replicas.stream()
                        .flatMap(replica -> replica.standing(object).stream())
                        .flatMap(standing -> Optional.ofNullable(standing.refusal()).stream())
                        .findFirst()
                        .map(refusal -> new Rejection(refusal.resource(), refusal.message(), rejecting));
        return new Delivery(
                generation,
                words.size(),
                count(counts, State.CURRENT),
                count(counts, State.PENDING),
                count(counts, State.REJECTING),
                rejection,
                awaited);
    }

    private ProxyTrust trust(Word word) {
        var proxy = word.proxy();
        var trust = Objects.requireNonNull(proxy.trust());
        return new ProxyTrust(
                proxy.pod().toString(),
                word.presence() != Presence.AWAY,
                Instant.EPOCH,
                trust.bundle(),
                trust.anchor(),
                proxy.lifespan().or(() -> kept.apply(proxy)));
    }

    private Map<String, Word> proxies() {
        var words = new HashMap<String, Word>();
        for (var replica : replicas) {
            replica.proxies()
                    .values()
                    .forEach(proxy -> hear(words, new Word(proxy, replica.presence(proxy), proxy.state())));
        }
        return words;
    }

    Fleet fleet() {
        var words = proxies();
        var counts = counts(words.values());
        var versions = new TreeMap<String, Integer>();
        var present = new ArrayList<>(words.values());
        present.removeIf(word -> word.presence() == Presence.AWAY);
        present.forEach(word -> versions.merge(word.proxy().version(), 1, Integer::sum));
        return new Fleet(
                present.size(),
                count(counts, State.CURRENT),
                count(counts, State.PENDING),
                count(counts, State.REJECTING),
                versions,
                words.values().stream().map(this::trust).toList());
    }

    /** Of two words on one proxy, the one from where it is more present counts. */
    private void hear(Map<String, Word> words, Word word) {
        if (word.presence() == Presence.CONNECTED || exists.test(word.proxy())) {
            words.merge(word.proxy().uid(), word, (a, b) -> a.presence().compareTo(b.presence()) <= 0 ? a : b);
        }
    }

    /** The pods of all proxies that are connected. */
    Set<ObjectName> connectedPods() {
        return replicas.stream()
                .flatMap(replica -> replica.proxies().values().stream()
                        .filter(proxy -> replica.presence(proxy) == Presence.CONNECTED))
                .map(Proxy::pod)
                .collect(Collectors.toSet());
    }

    private static State state(Word word) {
        return word.presence() == Presence.AWAY ? State.PENDING : word.state();
    }

    private static Map<State, Integer> counts(Collection<Word> words) {
        var counts = new HashMap<State, Integer>();
        words.forEach(word -> counts.merge(state(word), 1, Integer::sum));
        return counts;
    }

    private static int count(Map<State, Integer> counts, State state) {
        return counts.getOrDefault(state, 0);
    }
}
