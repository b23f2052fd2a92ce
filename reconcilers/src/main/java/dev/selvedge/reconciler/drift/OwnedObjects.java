// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.drift;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings owned objects to their declared state by server-side apply, and tells drift from our own changes: each object
 * carries a hash of what was applied. A difference under the same hash was made by somebody else; under another hash it
 * is our new wish. The comparison is the API server's own (what an apply changes), so defaults and the fields of other
 * managers never count.
 */
public final class OwnedObjects {
    /** Owner of our fields in every object. */
    public static final String FIELD_MANAGER = "selvedge";

    /** Hash of what was last applied. */
    public static final String APPLIED = "selvedge.dev/applied";

    /** These end by themselves, so that their absence is no drift. */
    private static final List<String> TRANSIENT = List.of("Job");

    /** Of the API server's NamespaceLifecycle: it creates nothing any more in such a namespace. */
    private static final String NAMESPACE_TERMINATING = "NamespaceTerminating";

    private static final Logger log = LoggerFactory.getLogger(OwnedObjects.class);

    private final KubernetesClient client;
    private final MeterRegistry meters;
    private final Clock clock;
    private final DriftEvents events;
    private final Map<String, Known> known = new ConcurrentHashMap<>();
    private final List<Consumer<Drift>> listeners = new CopyOnWriteArrayList<>();
    private final AtomicLong corrected = new AtomicLong();
    private final AtomicReference<@Nullable Drift> last = new AtomicReference<>();

    public OwnedObjects(KubernetesClient client, MeterRegistry meters, Clock clock) {
        this.client = client;
        this.meters = meters;
        this.clock = clock;
        this.events = new DriftEvents(client, clock);
    }

    /** What happens to changes by others. */
    public enum DriftMode {
        CORRECT,
        REPORT
    }

    /**
     * @param objects the owned objects as they are now; one that was deleted and only reported is left out, and one whose
     *     namespace is being deleted
     * @param drifts what others had changed
     */
    public record Result(List<HasMetadata> objects, List<Drift> drifts) {
        public Result {
            objects = List.copyOf(objects);
            drifts = List.copyOf(drifts);
        }
    }

    /**
     * What an object looked like after we last dealt with it.
     *
     * @param actual hash of its whole content, the fields of others included; empty when it was left deleted
     */
    private record Known(String desired, String actual, DriftMode mode) {}

    /** Looks at each object in the API server. */
    public Result apply(HasMetadata owner, List<? extends HasMetadata> desired, DriftMode mode) {
        return apply(owner, desired, object -> Optional.empty(), mode);
    }

    /**
     * Applies all objects, the rest also when one fails; then throws the first failure. One whose namespace is being
     * deleted is left out.
     *
     * @param cached the object as an informer last saw it; it saves the look into the API server when nothing changed
     */
    public Result apply(
            HasMetadata owner,
            List<? extends HasMetadata> desired,
            Function<HasMetadata, Optional<HasMetadata>> cached,
            DriftMode mode) {
        var objects = new ArrayList<HasMetadata>();
        var drifts = new ArrayList<Drift>();
        KubernetesClientException failure = null;
        for (var object : desired) {
            try {
                one(owner, object, cached, mode, drifts).ifPresent(objects::add);
            } catch (KubernetesClientException e) {
                if (goesWithItsNamespace(e)) {
                    known.remove(id(owner, name(object)));
                } else {
                    log.warn("{} cannot be applied", name(object), e);
                    failure = failure == null ? e : failure;
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
        return new Result(objects, drifts);
    }

    /** Is told of every drift of every owner, on the thread that found it. */
    public void onDrift(Consumer<Drift> listener) {
        listeners.add(listener);
    }

    /** Changes that were undone since this process began. */
    public long corrected() {
        return corrected.get();
    }

    /** The last change by somebody else that this process found. */
    public Optional<Drift> last() {
        return Optional.ofNullable(last.get());
    }

    private Optional<HasMetadata> one(
            HasMetadata owner,
            HasMetadata wish,
            Function<HasMetadata, Optional<HasMetadata>> cached,
            DriftMode mode,
            List<Drift> drifts) {
        var hash = content(wish).hash();
        var desired = marked(wish, hash);
        var key = name(desired);
        var id = id(owner, key);
        var before = known.get(id);
        var seen = cached.apply(desired);
        if (seen.isPresent()
                && before != null
                && before.equals(new Known(hash, content(seen.get()).hash(), mode))) {
            return seen;
        }
        var live = client.resource(desired).get();
        if (live == null) {
            return deleted(owner, desired, hash, before, mode, drifts);
        }
        if (new Known(hash, content(live).hash(), mode).equals(before)) {
            return Optional.of(live);
        }
        boolean ours = !hash.equals(annotation(live)) && (before == null || !before.desired.equals(hash));
        boolean reportOnly = mode == DriftMode.REPORT && !ours;
        var after = applied(desired, reportOnly);
        var fields = ours ? List.<FieldPath>of() : content(live).differences(content(after));
        if (!fields.isEmpty()) {
            drifts.add(found(
                    owner,
                    new Drift(
                            key,
                            fields.stream().map(FieldPath::toString).toList(),
                            Culprit.of(live, fields),
                            clock.instant(),
                            !reportOnly)));
        }
        return Optional.of(remember(id, hash, reportOnly ? live : after, mode));
    }

    private Optional<HasMetadata> deleted(
            HasMetadata owner,
            HasMetadata desired,
            String hash,
            @Nullable Known before,
            DriftMode mode,
            List<Drift> drifts) {
        boolean byOthers = before != null && !TRANSIENT.contains(desired.getKind());
        boolean told = before != null && before.actual.isEmpty();
        boolean reportOnly = byOthers && mode == DriftMode.REPORT;
        if (reportOnly && told) {
            return Optional.empty();
        }
        var after = applied(desired, reportOnly);
        if (byOthers && !told) {
            drifts.add(found(owner, new Drift(name(desired), List.of(), "unknown", clock.instant(), !reportOnly)));
        }
        if (reportOnly) {
            known.put(id(owner, name(desired)), new Known(hash, "", mode));
            return Optional.empty();
        }
        return Optional.of(remember(id(owner, name(desired)), hash, after, mode));
    }

    /** What goes with its namespace is no drift, and nobody can put it back. */
    private static boolean goesWithItsNamespace(KubernetesClientException refusal) {
        return Stream.ofNullable(refusal.getStatus())
                .flatMap(status -> Stream.ofNullable(status.getDetails()))
                .flatMap(details -> details.getCauses().stream())
                .anyMatch(cause -> NAMESPACE_TERMINATING.equals(cause.getReason()));
    }

    private HasMetadata applied(HasMetadata desired, boolean dryRun) {
        var resource = client.resource(desired);
        return dryRun
                ? resource.dryRun().fieldManager(FIELD_MANAGER).forceConflicts().serverSideApply()
                : resource.fieldManager(FIELD_MANAGER).forceConflicts().serverSideApply();
    }

    /** An owner that was made anew does not miss what went with the old one. */
    private static String id(HasMetadata owner, String key) {
        return owner.getMetadata().getUid() + " " + key;
    }

    private HasMetadata remember(String id, String desired, HasMetadata actual, DriftMode mode) {
        known.put(id, new Known(desired, content(actual).hash(), mode));
        return actual;
    }

    private Drift found(HasMetadata owner, Drift drift) {
        log.warn("{}", drift.message());
        if (drift.corrected()) {
            corrected.incrementAndGet();
        }
        last.set(drift);
        meters.counter(
                        "selvedge.drift",
                        "kind",
                        drift.object().substring(0, drift.object().indexOf(' ')),
                        "corrected",
                        Boolean.toString(drift.corrected()))
                .increment();
        events.tell(owner, drift);
        listeners.forEach(listener -> listener.accept(drift));
        return drift;
    }

    private Content content(HasMetadata object) {
        return Content.of(object, client.getKubernetesSerialization());
    }

    private HasMetadata marked(HasMetadata object, String hash) {
        HasMetadata marked = client.getKubernetesSerialization().clone(object);
        var annotations = new TreeMap<String, String>();
        if (marked.getMetadata().getAnnotations() != null) {
            annotations.putAll(marked.getMetadata().getAnnotations());
        }
        annotations.put(APPLIED, hash);
        marked.getMetadata().setAnnotations(annotations);
        return marked;
    }

    private static @Nullable String annotation(HasMetadata object) {
        var annotations = object.getMetadata().getAnnotations();
        return annotations == null ? null : annotations.get(APPLIED);
    }

    private static String name(HasMetadata object) {
        var metadata = object.getMetadata();
        return object.getKind() + " "
                + (metadata.getNamespace() == null ? "" : metadata.getNamespace() + "/")
                + metadata.getName();
    }
}
