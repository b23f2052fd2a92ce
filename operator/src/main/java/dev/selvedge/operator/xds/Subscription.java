// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.xds;

import dev.selvedge.compiler.resource.ResourceKey;
import dev.selvedge.compiler.resource.ResourceType;
import dev.selvedge.operator.compile.Listed;
import dev.selvedge.operator.compile.Served;
import dev.selvedge.operator.delivery.Holding;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.agrona.collections.Object2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * One proxy's resources of one type: what is to be sent, what is on its way, what was acknowledged or refused. Pure
 * state, without I/O; the caller serialises.
 *
 * <p>What waits to be sent is a set of names, never a queue of messages, and a resource is on its way at most once: a
 * slow proxy gets the newest version when it is ready, and costs no more memory than a quick one.
 */
final class Subscription {
    private final ResourceType type;
    private final Holding.Sink sink;
    private final @Nullable Needs needs;

    /**
     * By name, either a {@link Served} that the proxy has and should have, which is nearly everything, nearly always, and
     * an instance that all proxies share; or an {@link Entry} of what is to be sent, on its way, refused, being removed.
     */
    private final Map<String, Object> resources = new Object2ObjectHashMap<>();

    /** What came as one, as far as it still stands as one; not in the table. */
    private Whole whole = Whole.NONE;

    private Set<String> due = new LinkedHashSet<>();
    private final Deque<List<String>> suspects = new ArrayDeque<>();
    private final Map<String, List<String>> flights = new LinkedHashMap<>();
    private boolean greeting;

    /** Hears when other resources are needed on the proxy than before. */
    interface Needs {
        void change(Collection<ResourceKey> before, Collection<ResourceKey> after);
    }

    /** @param needs null for a type whose resources need nothing that is kept for them */
    Subscription(ResourceType type, Holding.Sink sink, @Nullable Needs needs) {
        this.type = type;
        this.sink = sink;
        this.needs = needs;
    }

    /** A resource as it stands now; only to be read. */
    Optional<Entry> entry(String name) {
        return Optional.ofNullable(find(name));
    }

    private @Nullable Entry find(String name) {
        return entryOf(resource(name));
    }

    /** As in the table. */
    private @Nullable Object resource(String name) {
        var own = resources.get(name);
        return own != null ? own : whole.resource(name);
    }

    private static @Nullable Entry entryOf(@Nullable Object resource) {
        return resource instanceof Served served ? Entry.settled(served) : (Entry) resource;
    }

    boolean contains(String name) {
        return resource(name) != null;
    }

    /** The version of a resource that the proxy should have; null when it should have none. */
    @Nullable
    Served desired(String name) {
        var resource = resource(name);
        return resource instanceof Entry entry ? entry.desired().orElse(null) : (Served) resource;
    }

    /** Whether the proxy has, or refused, what it should have. */
    boolean isSettled(String name) {
        var resource = resource(name);
        return resource instanceof Entry entry ? entry.settled() : resource != null;
    }

    /** Whether the proxy was sent something that answers its subscription, or has not subscribed. */
    boolean isAnswered(String name) {
        return !(resource(name) instanceof Entry entry) || entry.answered();
    }

    /** Which resource is held from the source under this name, if any. */
    Optional<ResourceKey> holds(String name) {
        var resource = resources.get(name);
        return resource instanceof Entry entry
                ? Optional.of(entry.key())
                : Optional.ofNullable((Served) resource).map(Served::key).or(() -> whole.lends(name));
    }

    /** One with something left to do. */
    private Entry unsettled(String name) {
        return (Entry) Objects.requireNonNull(resources.get(name));
    }

    /** All resources as they stand now; only to be read. */
    Stream<Entry> entries() {
        return Stream.concat(
                        List.copyOf(resources.values()).stream(), whole.names().map(this::resource))
                .map(resource -> Objects.requireNonNull(entryOf(resource)));
    }

    /** How many there are. */
    int size() {
        return resources.size() + whole.size();
    }

    /** Whether the proxy has versions that this stream has not sent. */
    boolean holdsUnknown() {
        for (var resource : resources.values()) {
            if (resource instanceof Entry entry && entry.holdsUnknown()) {
                return true;
            }
        }
        return false;
    }

    /** Responses that were not answered yet. */
    int unanswered() {
        return flights.size();
    }

    /** The next response is sent even when there is nothing in it: a first wildcard subscription waits for one. */
    void greet() {
        greeting = true;
    }

    /** All of a listing goes to the proxy, or is there, as one. To be called before anything else. */
    void take(Whole listing) {
        whole = listing;
        sink.move(listing.size(), null, listing.holding());
    }

    /** What is held from the source as one. */
    @SuppressWarnings("ReferenceEquality")
    Optional<Listed> listed() {
        return Optional.of(whole).filter(all -> all != Whole.NONE).map(Whole::listed);
    }

    /** Which resources are held from the source one by one. */
    List<ResourceKey> keys() {
        return resources.keySet().stream()
                .filter(name -> whole.lends(name).isEmpty())
                .flatMap(name -> holds(name).stream())
                .toList();
    }

    /** The proxy should have this; {@code served} is null when there is no such resource. */
    void want(ResourceKey key, @Nullable Served served, long since) {
        create(key, entry -> {
            entry.move(key);
            entry.want(served, since);
        });
    }

    /** The same for one that the proxy has just asked for by its name: it is answered even when it has it already. */
    void answer(ResourceKey key, @Nullable Served served, long since) {
        create(key, entry -> {
            entry.move(key);
            entry.want(served, since);
            entry.force(since);
        });
    }

    /** The proxy should not have this any more. */
    void unwant(String name, long since) {
        entry(name).ifPresent(entry -> change(entry, e -> e.unwant(since)));
    }

    /** To be answered even when the proxy has it. */
    void force(String name, long since) {
        entry(name).ifPresent(entry -> change(entry, e -> e.force(since)));
    }

    /** The proxy has this version from an earlier stream. */
    void holds(ResourceKey key, String version) {
        create(key, entry -> entry.holdsVersion(version));
    }

    /** The proxy has dropped it by itself; gives back what is to be released. */
    Optional<ResourceKey> drop(String name) {
        var entry = find(name);
        if (entry == null) {
            return Optional.empty();
        }
        part(name);
        resources.remove(name);
        due.remove(name);
        told(needed(entry), List.of());
        sink.move(entry.holding(), null);
        return whole.lends(name).isPresent() ? Optional.empty() : Optional.of(entry.key());
    }

    /** False when {@link #next} has nothing for certain. */
    boolean mayHaveNext() {
        return greeting || !due.isEmpty() || !suspects.isEmpty() || whole.isDue();
    }

    /**
     * Takes the next response; empty when there is nothing to send now.
     *
     * @param ready decides whether a resource may go out yet
     * @param maxBytes a response ends when its resources exceed this
     */
    Optional<Response> next(String nonce, Predicate<Entry> ready, int maxBytes) {
        if (whole.isDue()) {
            greeting = false;
            flights.put(nonce, new ArrayList<>());
            return Optional.of(new Response(type, nonce, whole.send(nonce), List.of()));
        }
        var names = suspects();
        if (names.isEmpty()) {
            names = collect(ready, maxBytes);
        }
        if (names.isEmpty() && !greeting) {
            return Optional.empty();
        }
        greeting = false;
        var resources = new ArrayList<Served>();
        var removed = new ArrayList<String>();
        for (var name : names) {
            var entry = unsettled(name);
            entry.desired().ifPresentOrElse(resources::add, () -> removed.add(name));
            entry.sent(nonce);
            due.remove(name);
        }
        flights.put(nonce, names);
        return Optional.of(new Response(type, nonce, resources, removed));
    }

    /** A group that was refused together; what has changed since is left to the ordinary way. */
    private List<String> suspects() {
        while (!suspects.isEmpty()) {
            var group = suspects.removeFirst().stream()
                    .filter(name -> entry(name).filter(Entry::suspect).isPresent())
                    .toList();
            if (!group.isEmpty()) {
                return group;
            }
        }
        return List.of();
    }

    private List<String> collect(Predicate<Entry> ready, int maxBytes) {
        var names = new ArrayList<String>();
        var bytes = 0;
        for (var name : due) {
            var entry = unsettled(name);
            if (!entry.inFlight() && ready.test(entry)) {
                names.add(name);
                bytes += size(entry);
                if (bytes > maxBytes) {
                    break;
                }
            }
        }
        return names;
    }

    private static int size(Entry entry) {
        return entry.desired().map(Served::size).orElse(entry.key().name().length());
    }

    /** The proxy took a response in. */
    Verdict acknowledge(String nonce) {
        var names = flights.remove(nonce);
        if (names == null) {
            return new Verdict.Unknown();
        }
        var since = Long.MAX_VALUE;
        if (whole.inFlight(nonce)) {
            var before = whole.holding();
            since = whole.accepted();
            sink.move(whole.size(), before, whole.holding());
        }
        var gone = new ArrayList<String>();
        for (var name : names) {
            if (resources.get(name) instanceof Entry entry && entry.inFlight(nonce)) {
                since = Math.min(since, entry.since());
                change(entry, Entry::accepted);
                if (entry.gone()) {
                    gone.add(name);
                }
            }
        }
        trim();
        return new Verdict.Accepted(since, gone);
    }

    /** A table that was full once keeps its size; this one is empty nearly always. */
    private void trim() {
        if (due.isEmpty()) {
            due = new LinkedHashSet<>();
        }
    }

    /** The proxy refused a response. */
    Verdict refuse(String nonce, String message) {
        if (whole.inFlight(nonce)) {
            whole.names().toList().forEach(name -> place(Objects.requireNonNull(find(name))));
        }
        var names = flights.remove(nonce);
        if (names == null) {
            return new Verdict.Unknown();
        }
        var sent = names.stream()
                .filter(name ->
                        entry(name).filter(entry -> entry.inFlight(nonce)).isPresent())
                .toList();
        if (sent.size() == 1 && names.size() == 1) {
            change(unsettled(sent.getFirst()), entry -> entry.refused(message));
            return new Verdict.Refused(sent.getFirst());
        }
        sent.forEach(name -> change(unsettled(name), Entry::suspected));
        // Halves of halves end at single resources: the culprit is alone after as many rounds as the size has bits.
        var middle = (sent.size() + 1) / 2;
        suspects.add(sent.subList(0, middle));
        suspects.add(sent.subList(middle, sent.size()));
        return new Verdict.Suspected(sent);
    }

    private void create(ResourceKey key, Consumer<Entry> change) {
        var existing = find(key.name());
        if (existing != null) {
            change(existing, change);
            return;
        }
        var entry = new Entry(key);
        change.accept(entry);
        place(entry);
        told(List.of(), needed(entry));
        sink.move(null, entry.holding());
    }

    private void change(Entry entry, Consumer<Entry> change) {
        var before = entry.holding();
        var needed = needed(entry);
        change.accept(entry);
        place(entry);
        told(needed, needed(entry));
        var after = entry.holding();
        if (!after.equals(before)) {
            sink.move(before, after);
        }
    }

    private Collection<ResourceKey> needed(Entry entry) {
        return needs == null ? List.of() : entry.needs();
    }

    @SuppressWarnings("ReferenceEquality")
    private void told(Collection<ResourceKey> before, Collection<ResourceKey> after) {
        if (needs != null && before != after) {
            needs.change(before, after);
        }
    }

    /** What is on its way with the whole listing is answered with it. */
    private void part(String name) {
        if (whole.part(name)) {
            whole.flight().map(flights::get).ifPresent(names -> names.add(name));
        }
    }

    private void place(Entry entry) {
        var name = entry.key().name();
        part(name);
        resources.put(name, entry.isPlain() ? entry.desired().orElseThrow() : entry);
        if (entry.due() && !entry.suspect()) {
            due.add(name);
        } else if (!due.isEmpty()) {
            due.remove(name);
        }
    }
}
