// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.delivery;

import dev.selvedge.compiler.snapshot.Kind;
import dev.selvedge.compiler.snapshot.ObjectRef;
import dev.selvedge.reconciler.status.StatusWriter;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Tells the reconcilers of which objects the status may be another, when it may be written and not before.
 *
 * <p>News, a new generation or a refusal, is told at once. Counts change with every proxy that comes or goes, in all
 * objects that it uses: they are told at a pace, and wait while a crowd of proxies takes its first configuration, since
 * statuses would take the processor time that the crowd waits for.
 */
final class Announcer {
    /** Changes that fall together are told once. */
    static final Duration GATHER = Duration.ofMillis(50);

    /** The same for counts: they change while a change goes out, and telling of them must not hold it up. */
    static final Duration GATHER_COUNTS = Duration.ofMillis(300);

    /** How long an object that was told of is left alone: what its status says may be written again after that. */
    static final Duration REST = StatusWriter.PAUSE.plusMillis(200);

    /**
     * One object's share of the time until the counts of the same objects are told again. A status costs 3 to 5 ms of
     * processor time, so that counts take a quarter of a core at most.
     */
    static final Duration PACE = Duration.ofMillis(20);

    /** How long counts wait at most for the end of a crowd. */
    static final Duration LONGEST_WAIT = Duration.ofSeconds(30);

    private final BiConsumer<Duration, Runnable> timer;
    private final Clock clock;
    private final BooleanSupplier crowd;
    private final List<Consumer<ObjectRef>> listeners = new CopyOnWriteArrayList<>();

    /** Objects to tell of. */
    private final Set<ObjectRef> news = new HashSet<>();

    /** Objects of which nothing but counts has changed. */
    private final Set<ObjectRef> counts = new HashSet<>();

    /** Since when some wait. */
    private @Nullable Instant countsSince;

    /** Objects that were told of a moment ago. */
    private final Set<ObjectRef> resting = new HashSet<>();

    /** Objects of whose counts was told, and is not again yet. */
    private final Set<ObjectRef> paced = new HashSet<>();

    private boolean newsDue;
    private boolean countsDue;

    /**
     * @param timer runs something after a while
     * @param crowd whether many proxies come at the moment
     */
    Announcer(BiConsumer<Duration, Runnable> timer, Clock clock, BooleanSupplier crowd) {
        this.timer = timer;
        this.clock = clock;
        this.crowd = crowd;
    }

    /** Registers whom to tell. */
    void onChange(Consumer<ObjectRef> listener) {
        listeners.add(listener);
    }

    /**
     * Something about these objects has changed.
     *
     * @param countsOnly as in {@link Ledger.Listener}
     */
    synchronized void changed(Collection<ObjectRef> objects, boolean countsOnly) {
        (countsOnly ? counts : news).addAll(objects);
        if (countsSince == null && !counts.isEmpty()) {
            countsSince = clock.instant();
        }
        look();
    }

    private void look() {
        if (!newsDue && !news.isEmpty()) {
            newsDue = true;
            timer.accept(GATHER, this::tellNews);
        }
        if (!countsDue && !counts.isEmpty()) {
            countsDue = true;
            timer.accept(GATHER_COUNTS, this::tellCounts);
        }
    }

    private void tellNews() {
        Set<ObjectRef> now;
        synchronized (this) {
            newsDue = false;
            now = take(news, _ -> true);
            counts.removeAll(now);
            // What proxies make of it is awaited, however often their number was told.
            paced.removeAll(now);
        }
        tell(now);
    }

    private void tellCounts() {
        Set<ObjectRef> now;
        synchronized (this) {
            countsDue = false;
            if (!crowd.getAsBoolean()) {
                now = take(counts, object -> !paced.contains(object));
                countsSince = counts.isEmpty() ? null : clock.instant();
            } else if (waits()) {
                now = take(counts, Announcer::isMesh);
            } else {
                // Those that rest are told of after it, whatever comes meanwhile.
                news.addAll(counts);
                counts.clear();
                countsSince = null;
                now = take(news, _ -> true);
            }
            pace(now);
        }
        tell(now);
    }

    private boolean waits() {
        return countsSince != null && clock.instant().isBefore(countsSince.plus(LONGEST_WAIT));
    }

    /** Of an object that was just told of, nothing could be written yet: it has to rest first. */
    private Set<ObjectRef> take(Set<ObjectRef> from, Predicate<ObjectRef> which) {
        var taken = new HashSet<ObjectRef>();
        from.removeIf(object -> which.test(object) && resting.add(object) && taken.add(object));
        return taken;
    }

    /** The more wait for their turn, the longer does each, so that there are never more than one in {@link #PACE}. */
    private void pace(Set<ObjectRef> told) {
        var now = new HashSet<>(told);
        now.removeIf(Announcer::isMesh);
        if (!now.isEmpty()) {
            paced.addAll(now);
            timer.accept(PACE.multipliedBy(paced.size()), () -> over(paced, now));
        }
    }

    /** A mesh counts its proxies, and is one of a few. */
    private static boolean isMesh(ObjectRef object) {
        return object.kind() == Kind.MESH;
    }

    private void tell(Set<ObjectRef> objects) {
        if (!objects.isEmpty()) {
            timer.accept(crowd.getAsBoolean() ? StatusWriter.CALM : REST, () -> over(resting, objects));
            objects.forEach(object -> listeners.forEach(listener -> listener.accept(object)));
        }
    }

    private synchronized void over(Set<ObjectRef> which, Set<ObjectRef> objects) {
        which.removeAll(objects);
        look();
    }
}
