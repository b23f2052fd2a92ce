// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.delivery;

import dev.selvedge.compiler.diagnostic.Outcome;
import dev.selvedge.compiler.snapshot.Kind;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.ObjectRef;
import dev.selvedge.compiler.snapshot.Pod;
import dev.selvedge.operator.delivery.Summary.Presence;
import dev.selvedge.operator.topology.AllowedCalls;
import dev.selvedge.operator.topology.Calls;
import dev.selvedge.reconciler.pki.Lifespan;
import dev.selvedge.reconciler.status.MeshState;
import dev.selvedge.reconciler.status.StatusWriter;
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
import java.util.concurrent.CopyOnWriteArrayList;
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
 * <p>A replica that is lost leaves its last word. Its proxies come back elsewhere within the grace, or count as pending
 * until their pods are gone.
 */
public final class ReplicatedState implements MeshState {
    /** Changes that fall together are told once. */
    private static final Duration GATHER = Duration.ofMillis(50);

    /** The same for counts: they change while a change goes out, and telling of them must not hold it up. */
    private static final Duration GATHER_COUNTS = Duration.ofMillis(300);

    /** How long an object that was told of is left alone: what its status says may be written again after that. */
    private static final Duration REST = StatusWriter.PAUSE.plusMillis(200);

    /** And so much longer for each that was told of at once: a pod that restarts changes a number in every object. */
    private static final Duration REST_FOR_EACH = Duration.ofMillis(4);

    /**
     * How long counts wait at most while a crowd of proxies takes its first configuration: each would change them in all
     * objects again, and statuses would take the processor time that the crowd waits for.
     */
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);

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
    private record Peer(Replica replica, @Nullable Instant silentSince) {}

    private final Ledger ledger;
    private final Pods pods;
    private final ScheduledExecutorService timer;
    private final Clock clock;
    private final Duration grace;
    private final Settling settling;
    private final AllowedCalls allowed;
    private final Calls calls;
    private final BooleanSupplier crowd;
    private final Map<String, Peer> peers = new HashMap<>();
    private volatile boolean crowdElsewhere;
    private final List<Consumer<ObjectRef>> listeners = new CopyOnWriteArrayList<>();

    /** Objects to tell of. */
    private final Set<ObjectRef> gathered = new HashSet<>();

    /** Objects of which nothing but counts has changed; guarded by {@link #gathered}, as all that follows. */
    private final Set<ObjectRef> counted = new HashSet<>();

    /** Since when some wait. */
    private @Nullable Instant countedSince;

    /** Objects that were told of a moment ago. */
    private final Set<ObjectRef> resting = new HashSet<>();

    private boolean telling;

    private boolean counting;

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
        this.timer = timer;
        this.clock = clock;
        this.grace = grace;
        this.settling = settling;
        this.allowed = allowed;
        this.calls = calls;
        this.crowd = crowd;
        ledger.onChange(this::changed);
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
        listeners.add(listener);
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
            lookForCrowds();
        }
        changed(touched(was, now, change), change.standings().stream().allMatch(each -> each.refusal() == null));
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
            peers.computeIfPresent(
                    peer,
                    (_, known) -> known.silentSince() != null
                            ? known
                            : new Peer(known.replica().atBest(Presence.RECENT), clock.instant()));
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
                    ? new Peer(peer.replica().only(proxy -> exists(proxy) && !isConnected(proxy)), peer.silentSince())
                    : peer);
            peers.values()
                    .removeIf(peer -> peer.replica().atBest() == Presence.AWAY
                            && peer.replica().proxies().isEmpty());
        }
        changed(changed, true);
    }

    private void lookForCrowds() {
        crowdElsewhere = peers.values().stream()
                .map(Peer::replica)
                .anyMatch(replica -> replica.crowd() && replica.atBest() == Presence.CONNECTED);
    }

    private void changed(Collection<ObjectRef> objects, boolean countsOnly) {
        synchronized (gathered) {
            (countsOnly ? counted : gathered).addAll(objects);
            if (countedSince == null && !counted.isEmpty()) {
                countedSince = clock.instant();
            }
            tellSoon();
        }
    }

    private void tellSoon() {
        if (!telling && !gathered.isEmpty()) {
            telling = true;
            var _ = timer.schedule(this::tellGathered, GATHER.toMillis(), TimeUnit.MILLISECONDS);
        }
        if (!counting && !counted.isEmpty()) {
            counting = true;
            var _ = timer.schedule(this::tellCounted, GATHER_COUNTS.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private void tellGathered() {
        Set<ObjectRef> now;
        synchronized (gathered) {
            telling = false;
            now = take(gathered, _ -> true);
            counted.removeAll(now);
        }
        tell(now);
    }

    private void tellCounted() {
        Set<ObjectRef> now;
        synchronized (gathered) {
            counting = false;
            if (!isCrowd()) {
                now = take(counted, _ -> true);
                countedSince = counted.isEmpty() ? null : clock.instant();
            } else if (waits()) {
                // A mesh counts the proxies that come, and is one of a few.
                now = take(counted, object -> object.kind() == Kind.MESH);
            } else {
                // Those that rest are told of after it, whatever comes meanwhile.
                gathered.addAll(counted);
                counted.clear();
                countedSince = null;
                now = take(gathered, _ -> true);
            }
        }
        tell(now);
    }

    private boolean isCrowd() {
        return crowd.getAsBoolean() || crowdElsewhere;
    }

    private boolean waits() {
        return countedSince != null && clock.instant().isBefore(countedSince.plus(LONGEST_WAIT));
    }

    /** Of an object that was just told of, nothing could be written yet: it has to rest first. */
    private Set<ObjectRef> take(Set<ObjectRef> from, Predicate<ObjectRef> which) {
        var taken = new HashSet<ObjectRef>();
        from.removeIf(object -> which.test(object) && resting.add(object) && taken.add(object));
        return taken;
    }

    private void tell(Set<ObjectRef> objects) {
        if (!objects.isEmpty()) {
            var rest = (isCrowd() ? StatusWriter.CALM : REST).plus(REST_FOR_EACH.multipliedBy(objects.size()));
            var _ = timer.schedule(() -> rested(objects), rest.toMillis(), TimeUnit.MILLISECONDS);
            objects.forEach(object -> listeners.forEach(listener -> listener.accept(object)));
        }
    }

    private void rested(Set<ObjectRef> objects) {
        synchronized (gathered) {
            resting.removeAll(objects);
            tellSoon();
        }
    }
}
