// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.delivery;

import dev.selvedge.compiler.diagnostic.Outcome;
import dev.selvedge.compiler.snapshot.Kind;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.ObjectRef;
import dev.selvedge.compiler.snapshot.Pod;
import dev.selvedge.operator.compile.CompileLoop;
import dev.selvedge.operator.compile.Update;
import dev.selvedge.operator.delivery.Summary.Presence;
import dev.selvedge.operator.topology.Call;
import dev.selvedge.reconciler.pki.Lifespan;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What the proxies of this replica acknowledged, object by object. It holds counts, not resources: the cost of a change
 * is the number of objects that shaped the changed resource.
 *
 * <p>It must be the last listener of the {@link CompileLoop}: an object's new generation becomes visible only when every
 * stream has marked what it shapes as pending.
 */
public final class Ledger implements CompileLoop.Listener {
    /** Hears of objects whose answers may have changed. */
    @FunctionalInterface
    public interface Listener {
        /**
         * Called under a lock: it must be quick, and keep nothing of the argument.
         *
         * @param countsOnly whether only counts are different: no proxy has refused anything, or has stopped to
         */
        void changed(Collection<ObjectRef> objects, boolean countsOnly);
    }

    /** What a proxy holds, as its stream reports it. */
    public final class Account implements Holding.Sink {
        private final int id;
        private final ObjectName pod;
        private final String uid;
        private final Tally all = new Tally();
        private String version = "";
        private Presence presence = Presence.CONNECTED;
        private Instant left = Instant.MAX;
        private boolean podGone;
        private Optional<Lifespan> certificate = Optional.empty();
        private Summary.Trust trust = Summary.Trust.UNKNOWN;

        /** The last answer, until something changes. */
        private Summary.@Nullable Proxy answer;

        /** Since the last commit; the stream's own, under the stream's lock. */
        private final List<Move> moves = new ArrayList<>();

        private record Move(
                int resources,
                @Nullable Holding before,
                @Nullable Holding after) {}

        private Account(int id, ObjectName pod, String uid) {
            this.id = id;
            this.pod = pod;
            this.uid = uid;
        }

        @Override
        public void move(int resources, @Nullable Holding before, @Nullable Holding after) {
            moves.add(new Move(resources, before, after));
        }

        /** Books what has moved, all at once: to be called at the end of whatever moved it. */
        public void commit() {
            if (!moves.isEmpty()) {
                book(this, moves);
                moves.clear();
            }
        }

        /** The proxy's own version, from its node message. */
        public void version(String envoy) {
            Ledger.this.version(this, envoy);
        }

        /** What certificate the proxy has, and what it has of trust. */
        public void certificate(Optional<Lifespan> life, Summary.Trust trust) {
            Ledger.this.certificate(this, life, trust);
        }

        /** The stream has ended. After a grace, what the proxy held counts as pending until its pod is gone. */
        public void disconnected() {
            Ledger.this.disconnected(this);
        }

        private Summary.Proxy summary() {
            if (answer == null) {
                answer = new Summary.Proxy(
                        id,
                        pod,
                        uid,
                        presence,
                        version,
                        seconds(Lifespan::begin),
                        seconds(Lifespan::end),
                        trust,
                        all.state(0));
            }
            return answer;
        }

        private long seconds(Function<Lifespan, Instant> of) {
            return certificate.map(of).map(Instant::getEpochSecond).orElse(Summary.NO_CERTIFICATE);
        }
    }

    private final Map<ObjectName, List<Account>> accounts = new HashMap<>();
    private final Map<Integer, Account> byId = new HashMap<>();
    private final Set<Account> recent = new HashSet<>();
    private final Standings standings = new Standings();
    private final Set<ObjectRef> meshes = new LinkedHashSet<>();
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    private final Clock clock;
    private final Duration grace;
    private int nextId;

    /** @param grace how long a proxy may take to reconnect before it counts as pending */
    public Ledger(Clock clock, Duration grace) {
        this.clock = clock;
        this.grace = grace;
    }

    /** Opens the account of a proxy that has connected. */
    public synchronized Account connected(ObjectName pod, String uid) {
        of(pod).stream().filter(earlier -> earlier.presence == Presence.AWAY).forEach(this::forget);
        var account = new Account(nextId++, pod, uid);
        accounts.computeIfAbsent(pod, _ -> new ArrayList<>(1)).add(account);
        byId.put(account.id, account);
        tell(meshes, true);
        return account;
    }

    /** What the compiler made of an object, once every stream has taken it in. */
    public synchronized Optional<Outcome> outcome(ObjectRef object) {
        return standings.outcome(object);
    }

    /** Where this replica's proxies stand with an object. */
    public synchronized Optional<Summary.Standing> standing(ObjectRef object) {
        return standings.standing(object);
    }

    /** The same; empty also when one of those proxies has no stream. */
    synchronized Optional<Summary.Standing> standingOfConnected(ObjectRef object) {
        return standings.standing(object).filter(standing -> standing.states().keySet().stream()
                .allMatch(id -> Objects.requireNonNull(byId.get(id)).presence == Presence.CONNECTED));
    }

    /** Where this replica's proxies stand with an object, and those proxies. */
    public synchronized Summary holders(ObjectRef object) {
        var standing = standings.standing(object);
        return new Summary(
                standing.stream()
                        .flatMap(found -> found.states().keySet().stream())
                        .map(id -> Objects.requireNonNull(byId.get(id)).summary())
                        .toList(),
                standing.stream().toList(),
                Set.of(),
                false);
    }

    /** Whether a proxy has a stream to this replica. */
    public synchronized boolean isConnected(ObjectName pod, String uid) {
        return accounts.getOrDefault(pod, List.of()).stream()
                .anyMatch(account -> account.presence == Presence.CONNECTED && account.uid.equals(uid));
    }

    /** All proxies of this replica. */
    public synchronized List<Summary.Proxy> proxies() {
        return accounts.values().stream()
                .flatMap(List::stream)
                .map(Account::summary)
                .toList();
    }

    /**
     * All that other replicas need to know.
     *
     * @param calls of this replica's proxies
     * @param crowd whether many proxies come at the moment
     */
    synchronized Summary summary(Set<Call> calls, boolean crowd) {
        return new Summary(proxies(), standings.all(), calls, crowd);
    }

    /** The meshes that were compiled: what is told of the fleet as a whole is told of them. */
    public synchronized Set<ObjectRef> meshes() {
        return Set.copyOf(meshes);
    }

    /** Registers a listener. */
    public void onChange(Listener listener) {
        listeners.add(listener);
    }

    @Override
    public synchronized void updated(Update update) {
        update.outcomes().forEach((object, outcome) -> {
            standings.judged(object, outcome.orElse(null));
            if (object.kind() == Kind.MESH) {
                var _ = outcome.isPresent() ? meshes.add(object) : meshes.remove(object);
            }
        });
        update.pods().forEach(this::touched);
        tell(update.outcomes().keySet(), false);
    }

    /** A pod is, or is gone: its proxy stops to count when it has no stream either. */
    public synchronized void touched(ObjectName name, Optional<Pod> pod) {
        var uid = pod.map(Pod::uid);
        for (var account : of(name)) {
            if (!uid.equals(Optional.of(account.uid))) {
                account.podGone = true;
                if (account.presence != Presence.CONNECTED) {
                    forget(account);
                }
            }
        }
    }

    /** Ends the grace of proxies that have not come back. To be called every few seconds. */
    public synchronized void tick() {
        var before = clock.instant().minus(grace);
        recent.stream()
                .filter(account -> account.left.isBefore(before))
                .toList()
                .forEach(this::lapse);
    }

    private void lapse(Account account) {
        recent.remove(account);
        if (of(account.pod).stream().anyMatch(other -> other.id > account.id)) {
            forget(account);
        } else {
            present(account, Presence.AWAY);
        }
    }

    private synchronized void disconnected(Account account) {
        if (account.presence != Presence.CONNECTED) {
            return;
        }
        if (account.podGone) {
            forget(account);
            return;
        }
        account.left = clock.instant();
        recent.add(account);
        present(account, Presence.RECENT);
    }

    private void present(Account account, Presence presence) {
        account.presence = presence;
        account.answer = null;
        tell(standings.heldBy(account.id), true);
        tell(meshes, true);
    }

    private synchronized void certificate(Account account, Optional<Lifespan> life, Summary.Trust trust) {
        if (!account.certificate.equals(life) || !account.trust.equals(trust)) {
            account.certificate = life;
            account.trust = trust;
            account.answer = null;
            tell(meshes, true);
        }
    }

    private synchronized void version(Account account, String envoy) {
        account.version = envoy;
        account.answer = null;
        tell(meshes, true);
    }

    private synchronized void book(Account account, List<Account.Move> moves) {
        if (account.presence != Presence.CONNECTED) {
            return;
        }
        var stateBefore = account.all.state(0);
        var countsOnly = true;
        for (var move : moves) {
            countsOnly &= !refuses(move.before()) && !refuses(move.after());
            if (move.before() != null) {
                account.all.subtract(0, move.before().state(), move.resources());
            }
            if (move.after() != null) {
                account.all.add(0, move.after().state(), move.resources());
            }
            standings.move(account.id, move.before(), move.after());
        }
        tell(standings.touched(), countsOnly);
        if (account.all.state(0) != stateBefore) {
            account.answer = null;
            tell(meshes, countsOnly);
        }
    }

    private static boolean refuses(@Nullable Holding holding) {
        return holding != null && holding.refusal() != null;
    }

    private void forget(Account account) {
        accounts.computeIfPresent(account.pod, (_, all) -> {
            all.remove(account);
            return all.isEmpty() ? null : all;
        });
        byId.remove(account.id);
        recent.remove(account);
        account.presence = Presence.AWAY;
        standings.forget(account.id);
        tell(standings.touched(), true);
        tell(meshes, true);
    }

    private List<Account> of(ObjectName pod) {
        return List.copyOf(accounts.getOrDefault(pod, List.of()));
    }

    private void tell(Collection<ObjectRef> changed, boolean countsOnly) {
        if (!changed.isEmpty()) {
            listeners.forEach(listener -> listener.changed(changed, countsOnly));
        }
    }
}
