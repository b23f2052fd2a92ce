// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.status;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes statuses: the first at once, then at most one in {@link #PAUSE} for each object, or in {@link #CALM}. What is put off is not kept:
 * the object is reconciled again after the pause, so that what is written then is what is so then.
 *
 * <p>A status is applied by the server, as an object with a name and a status and nothing else. It also carries the uid,
 * so that what was found out about an object never lands on another that has taken its name.
 *
 * @param <P> the kind
 * @param <S> its status
 */
public final class StatusWriter<P extends HasMetadata, S> {
    /** The shortest time between two statuses of an object. */
    public static final Duration PAUSE = Duration.ofSeconds(1);

    /** The same when nothing but numbers differ. Whenever a proxy comes or goes, they do so for all that it uses. */
    public static final Duration CALM = Duration.ofSeconds(5);

    /** For reconcilers: a status is tried until it is written, or the last state would be lost in a longer outage. */
    public static final int NO_END = -1;

    /** For reconcilers: the longest time, in milliseconds, from one attempt to the next. */
    public static final long LONGEST_RETRY = 30_000;

    private final Supplier<P> empty;
    private final BiConsumer<P, S> set;
    private final Clock clock;

    /** When the status of an object, by uid, was last written; those that may be written again are forgotten. */
    private final Map<String, Instant> written = new HashMap<>();

    /** @param empty an object of this kind in which nothing is set */
    public StatusWriter(Supplier<P> empty, BiConsumer<P, S> set, Clock clock) {
        this.empty = empty;
        this.set = set;
        this.clock = clock;
    }

    /** What the reconciler has to answer while the pause lasts: a status that is worked out now is not written. */
    public Optional<UpdateControl<P>> tooSoon(P object) {
        var wait = left(object.getMetadata().getUid(), clock.instant(), PAUSE);
        return wait.isPositive() ? Optional.of(UpdateControl.<P>noUpdate().rescheduleAfter(wait)) : Optional.empty();
    }

    /**
     * What the reconciler of this object has to answer, so that its status becomes this one.
     *
     * @param before its status as it is
     */
    public UpdateControl<P> write(P object, @Nullable S before, S now) {
        return write(object, before, now, PAUSE, false);
    }

    /** As {@link #write}, for a status in which nothing but numbers differ: at most one in {@link #CALM}. */
    public UpdateControl<P> writeNumbers(P object, @Nullable S before, S now) {
        return write(object, before, now, CALM, false);
    }

    /**
     * As {@link #write}, for a status that others write, too: it is refused when the object is no longer the one that
     * was read, and made anew from what is there then.
     */
    public UpdateControl<P> writeUnlessChanged(P object, @Nullable S before, S now) {
        return write(object, before, now, PAUSE, true);
    }

    private UpdateControl<P> write(P object, @Nullable S before, S now, Duration pause, boolean unlessChanged) {
        if (now.equals(before)) {
            return UpdateControl.noUpdate();
        }
        var meta = object.getMetadata();
        var wait = begin(meta.getUid(), pause);
        if (wait.isPositive()) {
            return UpdateControl.<P>noUpdate().rescheduleAfter(wait);
        }
        var patch = empty.get();
        patch.setMetadata(new ObjectMetaBuilder()
                .withNamespace(meta.getNamespace())
                .withName(meta.getName())
                .withUid(meta.getUid())
                .withResourceVersion(unlessChanged ? meta.getResourceVersion() : null)
                .build());
        set.accept(patch, now);
        return UpdateControl.patchStatus(patch);
    }

    /** How long to wait; when not at all, the next pause begins. */
    private synchronized Duration begin(String uid, Duration pause) {
        var now = clock.instant();
        written.values().removeIf(last -> last.isAfter(now) || !last.plus(CALM).isAfter(now));
        var wait = left(uid, now, pause);
        if (!wait.isPositive()) {
            written.put(uid, now);
        }
        return wait;
    }

    private synchronized Duration left(String uid, Instant now, Duration pause) {
        var last = written.get(uid);
        // A time to come means that the clock was put back: nobody waits for that.
        return last == null || last.isAfter(now) ? Duration.ZERO : Duration.between(now, last.plus(pause));
    }
}
