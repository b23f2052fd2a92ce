// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.compile;

import dev.selvedge.compiler.Compilation;
import dev.selvedge.compiler.resource.Resource;
import dev.selvedge.compiler.resource.ResourceKey;
import dev.selvedge.compiler.resource.ResourceType;
import dev.selvedge.compiler.snapshot.Change;
import dev.selvedge.compiler.snapshot.Kind;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.ObjectRef;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Owns the {@link Compilation}. One thread applies events, all that are queued at once, and tells the listeners what
 * changed. Streams read from their own threads under a lock that is never held while somebody waits for a network.
 *
 * <p>Listeners are called on the loop's thread, without the lock and in their order, before the next batch is taken:
 * when the last listener (the ledger) hears of an outcome, every stream has taken in the resources that go with it.
 */
public final class CompileLoop implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(CompileLoop.class);
    private static final long SYNC_POLL_MILLIS = 50;
    private static final int CHUNK = 256;
    private static final int REMEMBERED_DIFFERENCES = 8;

    /** Hears of changes. Must not block. */
    public interface Listener {
        void updated(Update update);
    }

    /** What asking for a name gave. */
    public record Found(ResourceKey key, @Nullable Served served) {}

    private record Submission(List<Change> changes, long at) {}

    private static final class Held {
        int holders;

        @Nullable
        Served served;
    }

    private final Compilation compilation;
    private final BooleanSupplier ingestSynced;
    private final BlockingQueue<Submission> queue = new LinkedBlockingQueue<>();
    private final ReentrantLock lock = new ReentrantLock(true);
    private final Condition applied = lock.newCondition();
    private final Map<ResourceKey, Held> held = new HashMap<>();
    private final Deque<ListingChange> differences = new ArrayDeque<>();

    /** The latest listing of a type that is held as one. Proxies that came earlier may hold older ones. */
    private final Map<ResourceType, Listed> listed = new EnumMap<>(ResourceType.class);

    private final ReentrantLock making = new ReentrantLock();
    private final CompletableFuture<Void> ready = new CompletableFuture<>();
    private final Timer applyTime;
    private final Counter failures;
    private @Nullable Thread thread;

    /**
     * @param ingestSynced whether everything that existed at the start has been submitted
     */
    public CompileLoop(Compilation compilation, BooleanSupplier ingestSynced, MeterRegistry meters) {
        this.compilation = compilation;
        this.ingestSynced = ingestSynced;
        this.applyTime = Timer.builder("selvedge.compile")
                .description("Time to take in one batch of events")
                .register(meters);
        this.failures = Counter.builder("selvedge.compile.failures")
                .description("Batches of events that the compiler failed on; each is a defect")
                .register(meters);
        meters.gaugeMapSize("selvedge.compile.resources", List.of(), held);
    }

    /**
     * Begins to take in what was and is submitted.
     *
     * @param listeners in the order in which they are told
     */
    public void start(List<Listener> listeners) {
        thread = Thread.ofPlatform().name("compile").daemon().start(() -> run(List.copyOf(listeners)));
    }

    /** Queues events; returns at once. */
    public void submit(List<Change> changes) {
        queue.add(new Submission(List.copyOf(changes), System.nanoTime()));
    }

    /** Completes when everything that existed at the start has been compiled; nothing may be served before. */
    public CompletableFuture<Void> ready() {
        return ready.copy();
    }

    /** Whether {@link #ready()} has completed. */
    public boolean isReady() {
        return ready.isDone();
    }

    /** Reads from the compiled mesh. The function must be quick and must not keep the argument. */
    public <T> T read(Function<Compilation, T> function) {
        lock.lock();
        try {
            return function.apply(compilation);
        } finally {
            lock.unlock();
        }
    }

    /** Waits until a condition holds; false when it did not in time. */
    public boolean await(Predicate<Compilation> condition, long timeout, TimeUnit unit) throws InterruptedException {
        var left = unit.toNanos(timeout);
        lock.lockInterruptibly();
        try {
            while (!condition.test(compilation)) {
                if (left <= 0) {
                    return false;
                }
                left = applied.awaitNanos(left);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Compiles resources for a pod's proxy and keeps them current until each is released as often as it was acquired. */
    public List<Found> acquire(ResourceType type, Collection<String> names, ObjectName pod) {
        var found = new ArrayList<Found>(names.size());
        var all = List.copyOf(names);
        // In pieces, so that a proxy that asks for ten thousand does not hold up one that asks for two.
        for (int from = 0; from < all.size(); from += CHUNK) {
            var piece = all.subList(from, Math.min(from + CHUNK, all.size()));
            read(compilation -> {
                var keys = compilation.keys(type, pod);
                for (var name : piece) {
                    var key = keys.apply(name);
                    var served = hold(key);
                    // The key that all proxies share, not one for each.
                    found.add(new Found(served == null ? key : served.key(), served));
                }
                return found;
            });
        }
        return found;
    }

    private @Nullable Served hold(ResourceKey key) {
        var entry = held.get(key);
        if (entry == null) {
            entry = new Held();
            entry.served = compilation.resource(key).map(Served::of).orElse(null);
            held.put(key, entry);
        }
        entry.holders++;
        return entry.served;
    }

    /**
     * All that a pod's proxy is listed of a type, held as one until it is released. It is the state of now: of what
     * changes, the listeners are told.
     *
     * @return empty when nothing is listed, and when not all of it can be held so
     */
    public Optional<Listed> acquireListed(ResourceType type, ObjectName pod) {
        return current(type, pod).or(() -> {
            // Of all who wait here the first one makes it.
            making.lock();
            try {
                return current(type, pod).or(() -> make(type, pod));
            } finally {
                making.unlock();
            }
        });
    }

    // The compiler gives the same set to all proxies, as long as nothing in it changes.
    @SuppressWarnings("ReferenceEquality")
    private Optional<Listed> current(ResourceType type, ObjectName pod) {
        return read(compilation -> {
            var names = compilation.listing(type, pod);
            return Optional.ofNullable(listed.get(type))
                    .filter(all -> all.names() == names)
                    .map(Listed::hold);
        });
    }

    private Optional<Listed> make(ResourceType type, ObjectName pod) {
        var names = read(compilation -> compilation.listing(type, pod));
        var found = acquire(type, names, pod);
        var made = Listed.of(names, found).filter(all -> keep(type, pod, all));
        if (made.isEmpty()) {
            release(found.stream().map(Found::key).toList());
        }
        return made;
    }

    /** False when something of it has changed while it was made. */
    @SuppressWarnings("ReferenceEquality")
    private boolean keep(ResourceType type, ObjectName pod, Listed made) {
        return read(compilation -> {
            var isCurrent = compilation.listing(type, pod) == made.names()
                    && made.resources().stream()
                            .allMatch(served -> Objects.requireNonNull(held.get(served.key())).served == served);
            if (isCurrent) {
                listed.put(type, made.hold());
            }
            return isCurrent;
        });
    }

    /** Gives back a listing that was acquired. */
    public void release(Listed all) {
        read(_ -> {
            if (all.leave()) {
                listed.values().remove(all);
                release(all.keys());
            }
            return all;
        });
    }

    /** What is different between two listings; worked out once for all the proxies that have both. */
    public ListingChange difference(SortedSet<String> before, SortedSet<String> after) {
        synchronized (differences) {
            for (var known : differences) {
                if (known.isBetween(before, after)) {
                    return known;
                }
            }
        }
        var difference = ListingChange.between(before, after);
        synchronized (differences) {
            differences.addFirst(difference);
            if (differences.size() > REMEMBERED_DIFFERENCES) {
                differences.removeLast();
            }
        }
        return difference;
    }

    /** Gives back what was acquired. */
    public void release(Collection<ResourceKey> keys) {
        read(compilation -> {
            for (var key : keys) {
                var entry = held.get(key);
                if (entry != null && --entry.holders == 0) {
                    held.remove(key);
                    compilation.release(key);
                }
            }
            return keys;
        });
    }

    private void run(List<Listener> listeners) {
        try {
            while (true) {
                var first = ready.isDone() ? queue.take() : queue.poll(SYNC_POLL_MILLIS, TimeUnit.MILLISECONDS);
                // Asked before the queue is emptied: what was submitted until now is then part of this batch.
                var synced = ready.isDone() || ingestSynced.getAsBoolean();
                var batch = new ArrayList<Submission>();
                if (first != null) {
                    batch.add(first);
                }
                queue.drainTo(batch);
                if (!batch.isEmpty()) {
                    applyTime.record(() -> take(batch, listeners));
                }
                if (synced) {
                    ready.complete(null);
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void take(List<Submission> batch, List<Listener> listeners) {
        // Of several events for one object the last one counts.
        var latest = new LinkedHashMap<ObjectRef, Change>();
        batch.forEach(submission -> submission.changes().forEach(change -> latest.put(change.ref(), change)));
        try {
            var update = apply(latest, batch.getFirst().at());
            listeners.forEach(listener -> listener.updated(update));
        } catch (RuntimeException e) {
            // The compiler promises not to throw. If it does, what is served stays, and the next event may mend it.
            failures.increment();
            LOG.errorf(e, "events not taken in: %s", latest.keySet());
        }
    }

    private Update apply(Map<ObjectRef, Change> latest, long since) {
        return read(compilation -> {
            var changed = compilation.apply(latest.values());
            var resources = new HashMap<ResourceKey, Optional<Served>>();
            for (var key : changed.resources()) {
                var entry = held.get(key);
                if (entry != null) {
                    entry.served = following(entry.served, compilation.resource(key));
                    resources.put(key, Optional.ofNullable(entry.served));
                    listed.remove(key.type());
                }
            }
            var outcomes =
                    changed.outcomes().stream().collect(Collectors.toMap(Function.identity(), compilation::outcome));
            var pods = latest.keySet().stream()
                    .filter(ref -> ref.kind() == Kind.POD)
                    .map(ObjectRef::name)
                    .collect(Collectors.toMap(Function.identity(), compilation::pod));
            applied.signalAll();
            var moves = latest.keySet().stream().anyMatch(ref -> Compilation.IDENTITY_FROM.contains(ref.kind()));
            return new Update(resources, changed.listings(), outcomes, pods, moves, since);
        });
    }

    private static @Nullable Served following(@Nullable Served before, Optional<Resource> now) {
        if (now.isEmpty()) {
            return null;
        }
        var resource = now.get();
        return before != null && before.version().equals(resource.version())
                ? before.shapedAs(resource)
                : Served.of(resource);
    }

    @Override
    public void close() {
        if (thread != null) {
            thread.interrupt();
        }
    }
}
