// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.delivery;

import dev.selvedge.compiler.diagnostic.Outcome;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.ObjectRef;
import dev.selvedge.compiler.snapshot.Pod;
import dev.selvedge.operator.delivery.Summary.Presence;
import dev.selvedge.operator.topology.AllowedCalls;
import dev.selvedge.operator.topology.Calls;
import dev.selvedge.reconciler.pki.Lifespan;
import dev.selvedge.reconciler.status.MeshState;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The data plane over all replicas: this replica's {@link Ledger} and what the others told.
 *
 * <p>A replica that is lost leaves its last word, also when it comes back. Its proxies come back within the grace, to
 * whatever replica, or count as pending until their pods are gone.
 */
public final class ReplicatedState implements MeshState {
    private static final String OWN = "own";

    /**
     * What is known of pods, whoever serves their proxies.
     *
     * @param known looks up a pod in the compiled mesh
     * @param kept looks up the certificate that the kubelet of the pod of that name and uid keeps
     */
    public record Pods(
            Function<ObjectName, Optional<Pod>> known, BiFunction<ObjectName, String, Optional<Lifespan>> kept) {}

    /** @param silentSince null while the replica is heard of */
    private record Peer(Replica replica, @Nullable Instant silentSince) {
        /** What it told is its last word. */
        Peer lost(Instant at) {
            return silentSince != null ? this : new Peer(replica.atBest(Presence.RECENT), at);
        }

        /** What it told of some of its proxies. */
        Peer only(Predicate<Summary.Proxy> which) {
            return new Peer(replica.only(which), silentSince);
        }
    }

    private final Ledger ledger;
    private final Pods pods;
    private final Clock clock;
    private final Duration grace;
    private final Settling settling;
    private final AllowedCalls allowed;
    private final Calls calls;
    private final Map<String, Peer> peers = new HashMap<>();
    private int lastWords;
    private final Announcer announcer;
    private volatile boolean crowdElsewhere;

    /** Objects whose last answer was not the whole one. */
    private final Set<ObjectRef> provisional = ConcurrentHashMap.newKeySet();

    /**
     * @param grace how long a proxy may take to come back before it counts as pending
     * @param settling whether the proxies that there are have had time to connect
     * @param calls of this replica's proxies
     * @param crowd whether many proxies come to this replica at the moment
     */
    public ReplicatedState(
            Ledger ledger,
            Pods pods,
            ScheduledExecutorService timer,
            Clock clock,
            Duration grace,
            Settling settling,
            AllowedCalls allowed,
            Calls calls,
            BooleanSupplier crowd) {
        this.ledger = ledger;
        this.pods = pods;
        this.clock = clock;
        this.grace = grace;
        this.settling = settling;
        this.allowed = allowed;
        this.calls = calls;
        this.announcer = new Announcer(
                (wait, task) -> {
                    var _ = timer.schedule(task, wait.toMillis(), TimeUnit.MILLISECONDS);
                },
                clock,
                () -> crowd.getAsBoolean() || crowdElsewhere);
        ledger.onChange(announcer::changed);
    }

    @Override
    public Optional<Outcome> outcome(ObjectRef object) {
        return ledger.outcome(object);
    }

    @Override
    public Delivery delivery(ObjectRef object) {
        var generation = ledger.outcome(object).map(Outcome::generation).orElse(0L);
        var delivery = ofThisReplica(object, generation)
                .orElseGet(() -> sum(ledger.holders(object)).delivery(object, generation, settling.awaited()));
        if (delivery.awaited().isEmpty()) {
            provisional.remove(object);
        } else {
            provisional.add(object);
        }
        return delivery;
    }

    /** The same as the sum, and much less work: what is so nearly always. Empty when it is not so simple. */
    private Optional<Delivery> ofThisReplica(ObjectRef object, long generation) {
        synchronized (peers) {
            if (!peers.isEmpty()) {
                return Optional.empty();
            }
        }
        return ledger.standingOfConnected(object)
                .filter(standing -> standing.generation() == generation)
                .flatMap(standing -> Sum.delivery(standing, settling.awaited()));
    }

    @Override
    public Fleet fleet() {
        return all().fleet();
    }

    @Override
    public Topology topology() {
        var all = calls.current();
        synchronized (peers) {
            for (var peer : peers.values()) {
                if (!all.containsAll(peer.replica().calls())) {
                    all = new HashSet<>(all);
                    all.addAll(peer.replica().calls());
                }
            }
        }
        return allowed.beside(all);
    }

    /** @param own what of this replica's own is asked about */
    private Sum sum(Summary own) {
        var all = new ArrayList<Replica>();
        all.add(Replica.of(OWN, own, Presence.CONNECTED));
        synchronized (peers) {
            peers.values().forEach(peer -> all.add(peer.replica()));
        }
        return new Sum(all, this::exists, this::isConnected, proxy -> pods.kept.apply(proxy.pod(), proxy.uid()));
    }

    private boolean isConnected(Summary.Proxy proxy) {
        if (ledger.isConnected(proxy.pod(), proxy.uid())) {
            return true;
        }
        synchronized (peers) {
            return peers.values().stream().anyMatch(peer -> peer.replica().isConnected(proxy.uid()));
        }
    }

    /** All proxies, whatever they hold. */
    private Sum all() {
        return sum(new Summary(ledger.proxies(), List.of(), Set.of(), false));
    }

    private boolean exists(Summary.Proxy proxy) {
        return pods.known
                .apply(proxy.pod())
                .filter(pod -> pod.uid().equals(proxy.uid()))
                .isPresent();
    }

    @Override
    public void onChange(Consumer<ObjectRef> listener) {
        announcer.onChange(listener);
    }

    /** Other replicas are there and serve: what is not known of their proxies is waited for, for the grace. */
    void expect(Collection<String> names) {
        synchronized (peers) {
            names.forEach(name -> peers.computeIfAbsent(name, _ -> new Peer(Replica.silent(name), clock.instant())));
        }
    }

    /** Another replica told what is different. */
    void heard(String peer, SummaryChange change) {
        Replica was;
        Replica now;
        synchronized (peers) {
            var known = peers.get(peer);
            was = known == null ? Replica.silent(peer) : known.replica();
            now = (change.complete() ? Replica.silent(peer) : was).after(change);
            peers.put(peer, new Peer(now, null));
            if (known != null && change.complete()) {
                keepLastWord(peer, known, now);
            }
            lookForCrowds();
        }
        announcer.changed(
                touched(was, now, change), change.standings().stream().allMatch(each -> each.refusal() == null));
    }

    /** It may be another process than before, to which some of the proxies have not come back yet. */
    private void keepLastWord(String peer, Peer known, Replica now) {
        var there = now.proxies().values().stream().map(Summary.Proxy::uid).collect(Collectors.toSet());
        var left = known.lost(clock.instant()).only(proxy -> !there.contains(proxy.uid()));
        if (!left.replica().proxies().isEmpty()) {
            peers.put(peer + "/" + ++lastWords, left);
        }
    }

    private Set<ObjectRef> touched(Replica was, Replica now, SummaryChange change) {
        var objects = new HashSet<>(change.unheld());
        change.standings().forEach(standing -> objects.add(standing.object()));
        if (!change.proxies().isEmpty() || !change.gone().isEmpty()) {
            objects.addAll(ledger.meshes());
        }
        var moved = change.complete()
                || !change.gone().isEmpty()
                || change.proxies().stream().anyMatch(proxy -> {
                    var before = was.proxies().get(proxy.id());
                    return before == null || before.presence() != proxy.presence();
                });
        if (moved) {
            // Who is connected where decides what counts.
            objects.addAll(held(was));
            objects.addAll(held(now));
        }
        return objects;
    }

    private static Set<ObjectRef> held(Replica replica) {
        return replica.standings().values().stream()
                .filter(standing -> !standing.states().isEmpty())
                .map(Summary.Standing::object)
                .collect(Collectors.toSet());
    }

    /** Another replica does not answer any more. */
    void lost(String peer) {
        synchronized (peers) {
            peers.computeIfPresent(peer, (_, known) -> known.lost(clock.instant()));
            lookForCrowds();
        }
    }

    /**
     * Ends the grace of proxies whose replica is lost, and has provisional answers asked for again. To be called every
     * few seconds.
     */
    public void tick() {
        var now = clock.instant();
        var before = now.minus(grace);
        settling.look(() -> all().connectedPods(), now);
        var changed = new HashSet<>(provisional);
        // Who asks again is told again; nobody asks about objects that are gone.
        provisional.removeAll(changed);
        synchronized (peers) {
            peers.replaceAll((_, peer) -> {
                if (peer.silentSince() == null
                        || !peer.silentSince().isBefore(before)
                        || peer.replica().atBest() == Presence.AWAY) {
                    return peer;
                }
                changed.addAll(held(peer.replica()));
                changed.addAll(ledger.meshes());
                return new Peer(peer.replica().atBest(Presence.AWAY), peer.silentSince());
            });
            // Of a last word stays what nobody else can say.
            peers.replaceAll((_, peer) -> peer.replica().atBest() == Presence.AWAY
                    ? peer.only(proxy -> exists(proxy) && !isConnected(proxy))
                    : peer);
            peers.values()
                    .removeIf(peer -> peer.replica().atBest() == Presence.AWAY
                            && peer.replica().proxies().isEmpty());
        }
        announcer.changed(changed, true);
    }

    private void lookForCrowds() {
        crowdElsewhere = peers.values().stream()
                .map(Peer::replica)
                .anyMatch(replica -> replica.crowd() && replica.atBest() == Presence.CONNECTED);
    }
}
