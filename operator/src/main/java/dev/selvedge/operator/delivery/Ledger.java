// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.delivery;

import dev.selvedge.compiler.diagnostic.Origin;
import dev.selvedge.compiler.diagnostic.Outcome;
import dev.selvedge.compiler.snapshot.Kind;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.ObjectRef;
import dev.selvedge.compiler.snapshot.Pod;
import dev.selvedge.operator.compile.CompileLoop;
import dev.selvedge.operator.compile.Update;
import dev.selvedge.operator.delivery.Holding.State;
import dev.selvedge.operator.delivery.Summary.Presence;
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
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the proxies of this replica acknowledged, object by object. It holds counts, not resources: the cost of a change
 * is the number of objects that shaped the changed resource.
 *
 * <p>It must be the last listener of the {@link CompileLoop}: an object's new generation becomes visible only when every
 * stream has marked what it shapes as pending.
 */
public final class Ledger implements CompileLoop.Listener {
    /** What a proxy holds, as its stream reports it. */
    public final class Account implements Holding.Sink {
        private final int id;
        private final ObjectName pod;
        private final String uid;
        private final Set<ObjectRef> objects = new HashSet<>();
        private final Tally all = new Tally();
        private String version = "";
        private Presence presence = Presence.CONNECTED;
        private Instant left = Instant.MAX;
        private boolean podGone;

        private Account(int id, ObjectName pod, String uid) {
            this.id = id;
            this.pod = pod;
            this.uid = uid;
        }

        @Override
        public void move(@Nullable Holding before, @Nullable Holding after) {
            Ledger.this.move(this, before, after);
        }

        /** The proxy's own version, from its node message. */
        public void version(String envoy) {
            Ledger.this.change(() -> version = envoy);
        }

        /** The stream has ended. After a grace, what the proxy held counts as pending until its pod is gone. */
        public void disconnected() {
            Ledger.this.disconnected(this);
        }

        private Summary.Proxy summary() {
            return new Summary.Proxy(id, pod, uid, presence, version, all.state(0));
        }
    }

    private static final class Entry {
        final Map<Account, Tally> tallies = new HashMap<>();

        @Nullable
        Outcome outcome;

        Summary.@Nullable Standing standing;
    }

    private final Map<ObjectName, List<Account>> accounts = new HashMap<>();
    private final Map<ObjectRef, Entry> objects = new HashMap<>();
    private final Set<ObjectRef> meshes = new LinkedHashSet<>();
    private final List<Consumer<Set<ObjectRef>>> listeners = new CopyOnWriteArrayList<>();
    private final Set<Account> recent = new HashSet<>();
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
        tell(meshes);
        return account;
    }

    private List<Account> of(ObjectName pod) {
        return List.copyOf(accounts.getOrDefault(pod, List.of()));
    }

    /** What the compiler made of an object, once every stream has taken it in. */
    public synchronized Optional<Outcome> outcome(ObjectRef object) {
        return Optional.ofNullable(objects.get(object)).map(entry -> entry.outcome);
    }

    /** Where this replica's proxies stand with an object. */
    public synchronized Optional<Summary.Standing> standing(ObjectRef object) {
        return Optional.ofNullable(objects.get(object)).map(entry -> standing(object, entry));
    }

    /** All proxies of this replica. */
    public synchronized List<Summary.Proxy> proxies() {
        return accounts.values().stream()
                .flatMap(List::stream)
                .map(Account::summary)
                .toList();
    }

    /** All that other replicas need to know. */
    public synchronized Summary summary() {
        var standings = new ArrayList<Summary.Standing>();
        objects.forEach((object, entry) -> {
            if (!entry.tallies.isEmpty()) {
                standings.add(standing(object, entry));
            }
        });
        return new Summary(proxies(), standings);
    }

    /** The meshes that were compiled: what is told of the fleet as a whole is told of them. */
    public synchronized Set<ObjectRef> meshes() {
        return Set.copyOf(meshes);
    }

    /** Registers a listener for objects whose answers may have changed. Called under a lock: it must be quick. */
    public void onChange(Consumer<Set<ObjectRef>> listener) {
        listeners.add(listener);
    }

    @Override
    public synchronized void updated(Update update) {
        var touched = new HashSet<ObjectRef>();
        update.outcomes().forEach((object, outcome) -> {
            var entry = objects.computeIfAbsent(object, _ -> new Entry());
            entry.outcome = outcome.orElse(null);
            entry.standing = null;
            discardIfEmpty(object, entry);
            touched.add(object);
            if (object.kind() == Kind.MESH) {
                var _ = outcome.isPresent() ? meshes.add(object) : meshes.remove(object);
            }
        });
        update.pods().forEach(this::touched);
        tell(touched);
    }

    /** A pod is, or is gone: its proxy stops to count when it has no stream either. */
    public synchronized void touched(ObjectName name, Optional<Pod> pod) {
        var uid = pod.map(Pod::uid);
        of(name).stream()
                .filter(account -> !uid.equals(Optional.of(account.uid)))
                .forEach(account -> {
                    account.podGone = true;
                    if (account.presence != Presence.CONNECTED) {
                        forget(account);
                    }
                });
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

    /** Ends the grace of proxies that have not come back. To be called every few seconds. */
    public synchronized void tick() {
        var before = clock.instant().minus(grace);
        var lapsed =
                recent.stream().filter(account -> account.left.isBefore(before)).toList();
        lapsed.forEach(this::lapse);
    }

    private void lapse(Account account) {
        recent.remove(account);
        var all = of(account.pod);
        if (all.stream().anyMatch(other -> other.id > account.id)) {
            forget(account);
        } else if (all.contains(account)) {
            present(account, Presence.AWAY);
        }
    }

    private void present(Account account, Presence presence) {
        account.presence = presence;
        tell(account.objects);
        tell(meshes);
    }

    private synchronized void change(Runnable change) {
        change.run();
        tell(meshes);
    }

    private synchronized void move(Account account, @Nullable Holding before, @Nullable Holding after) {
        if (account.presence != Presence.CONNECTED) {
            return;
        }
        var standingBefore = account.all.state(0);
        var touched = new HashSet<ObjectRef>();
        if (before != null) {
            account.all.subtract(0, before.state());
            each(before, (origin, state) -> subtract(account, before, origin, state, touched));
        }
        if (after != null) {
            account.all.add(0, after.state());
            each(after, (origin, state) -> add(account, after, origin, state, touched));
        }
        tell(touched);
        if (account.all.state(0) != standingBefore) {
            tell(meshes);
        }
    }

    private interface OriginVisitor {
        void visit(Origin origin, State state);
    }

    private static void each(Holding holding, OriginVisitor visitor) {
        holding.desired().forEach(origin -> visitor.visit(origin, holding.state()));
        holding.stale().forEach(origin -> visitor.visit(origin, State.PENDING));
    }

    private void add(Account account, Holding holding, Origin origin, State state, Set<ObjectRef> touched) {
        var entry = objects.computeIfAbsent(origin.object(), _ -> new Entry());
        var tally = entry.tallies.computeIfAbsent(account, _ -> new Tally());
        tally.add(origin.generation(), state);
        if (holding.refusal() != null && state == State.REJECTING) {
            tally.refused(holding.resource(), holding.refusal());
        }
        entry.standing = null;
        account.objects.add(origin.object());
        touched.add(origin.object());
    }

    private void subtract(Account account, Holding holding, Origin origin, State state, Set<ObjectRef> touched) {
        var entry = objects.get(origin.object());
        var tally = entry == null ? null : entry.tallies.get(account);
        if (entry == null || tally == null) {
            return;
        }
        tally.subtract(origin.generation(), state);
        tally.accepted(holding.resource());
        entry.standing = null;
        touched.add(origin.object());
        if (tally.isEmpty()) {
            entry.tallies.remove(account);
            account.objects.remove(origin.object());
            discardIfEmpty(origin.object(), entry);
        }
    }

    private void forget(Account account) {
        accounts.computeIfPresent(account.pod, (_, all) -> {
            all.remove(account);
            return all.isEmpty() ? null : all;
        });
        recent.remove(account);
        account.presence = Presence.AWAY;
        for (var object : account.objects) {
            var entry = objects.get(object);
            if (entry != null) {
                entry.tallies.remove(account);
                entry.standing = null;
                discardIfEmpty(object, entry);
            }
        }
        tell(account.objects);
        tell(meshes);
    }

    private void discardIfEmpty(ObjectRef object, Entry entry) {
        if (entry.outcome == null && entry.tallies.isEmpty()) {
            objects.remove(object);
        }
    }

    private static Summary.Standing standing(ObjectRef object, Entry entry) {
        if (entry.standing == null) {
            var generation = entry.outcome == null ? 0 : entry.outcome.generation();
            var states = new HashMap<Integer, State>();
            Summary.Refusal refusal = null;
            for (var tally : entry.tallies.entrySet()) {
                var account = tally.getKey();
                var state = tally.getValue().state(generation);
                states.put(account.id, state);
                if (refusal == null && state == State.REJECTING) {
                    refusal = tally.getValue()
                            .refusal()
                            .map(first -> new Summary.Refusal(first.getKey(), first.getValue()))
                            .orElse(null);
                }
            }
            entry.standing = new Summary.Standing(object, generation, states, refusal);
        }
        return entry.standing;
    }

    private void tell(Collection<ObjectRef> changed) {
        if (!changed.isEmpty()) {
            var copy = Set.copyOf(changed);
            listeners.forEach(listener -> listener.accept(copy));
        }
    }
}
