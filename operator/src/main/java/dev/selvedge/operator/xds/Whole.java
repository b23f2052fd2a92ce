// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.xds;

import dev.selvedge.compiler.resource.ResourceKey;
import dev.selvedge.operator.compile.Listed;
import dev.selvedge.operator.compile.Served;
import dev.selvedge.operator.delivery.Holding;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.agrona.collections.ObjectHashSet;
import org.jspecify.annotations.Nullable;

/**
 * The part of a subscription that goes to the proxy as one, and of which nothing is kept for each resource. Whatever
 * something happens to leaves it and is kept apart: a change, a removal, a refusal. Pure state; the caller serialises.
 */
final class Whole {
    /** Of no listing. */
    static final Whole NONE = new Whole(Listed.NOTHING, State.HELD, 0, Map.of());

    private enum State {
        DUE,
        SENT,
        HELD
    }

    private final Listed listed;
    private final long since;
    private final Set<String> apart = new ObjectHashSet<>();

    /** Older versions that the proxy has until it took the listing in, by name. */
    private Map<String, String> before;

    private State state;
    private String nonce = "";

    private Whole(Listed listed, State state, long since, Map<String, String> before) {
        this.listed = listed;
        this.state = state;
        this.since = since;
        this.before = before;
    }

    /**
     * To be sent as one to a proxy that has none of it as it is now; for one that has some, the rest is apart.
     *
     * @param held what the proxy has from an earlier stream, versions by name
     */
    static Whole of(Listed listed, Map<String, String> held, long since) {
        var hasSome = listed.resources().stream().anyMatch(served -> isAsNow(served, held));
        var whole =
                hasSome ? new Whole(listed, State.HELD, since, Map.of()) : new Whole(listed, State.DUE, since, held);
        if (hasSome) {
            listed.resources().stream()
                    .filter(served -> !isAsNow(served, held))
                    .forEach(served -> whole.part(served.key().name()));
        }
        return whole;
    }

    private static boolean isAsNow(Served served, Map<String, String> held) {
        return served.version().equals(held.get(served.key().name()));
    }

    Listed listed() {
        return listed;
    }

    /** Names of the listing that are kept apart. */
    List<String> apart() {
        return List.copyOf(apart);
    }

    /** What a proxy has beside this. */
    Map<String, String> rest(Map<String, String> held) {
        return held.entrySet().stream()
                .filter(each -> resource(each.getKey()) == null)
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    int size() {
        return listed.resources().size() - apart.size();
    }

    /** A {@link Served} that the proxy has, else an {@link Entry} of how it stands; null when it is not part of this. */
    @Nullable
    Object resource(String name) {
        var served = listed.get(name);
        if (served == null || apart.contains(name)) {
            return null;
        }
        return state == State.HELD ? served : unsettled(served);
    }

    private Entry unsettled(Served served) {
        var entry = new Entry(served.key());
        entry.holdsVersion(before.getOrDefault(served.key().name(), Entry.ABSENT));
        entry.want(served, since);
        if (state == State.SENT) {
            entry.sent(nonce);
        }
        return entry;
    }

    Stream<String> names() {
        return resources().stream().map(served -> served.key().name());
    }

    private List<Served> resources() {
        return apart.isEmpty()
                ? listed.resources()
                : listed.resources().stream()
                        .filter(served -> !apart.contains(served.key().name()))
                        .toList();
    }

    /** Which resource it is, also of one that is apart: the listing holds it for this proxy. */
    Optional<ResourceKey> lends(String name) {
        return Optional.ofNullable(listed.get(name)).map(Served::key);
    }

    /** Something happens to it: from now on it is kept by itself. False when it was no part of this. */
    boolean part(String name) {
        return listed.get(name) != null && apart.add(name);
    }

    boolean isDue() {
        return state == State.DUE && size() > 0;
    }

    /** What is to be sent, which is on its way now. */
    List<Served> send(String with) {
        state = State.SENT;
        nonce = with;
        return resources();
    }

    /** The nonce of the response that the proxy has not answered yet. */
    Optional<String> flight() {
        return state == State.SENT ? Optional.of(nonce) : Optional.empty();
    }

    boolean inFlight(String by) {
        return state == State.SENT && nonce.equals(by);
    }

    /** The proxy took it in; gives back since when it was to be sent. */
    long accepted() {
        state = State.HELD;
        before = Map.of();
        return since;
    }

    /** How each stands, for the ledger. */
    Holding holding() {
        return new Holding(
                "", state == State.HELD ? Holding.State.CURRENT : Holding.State.PENDING, List.of(), List.of(), null);
    }
}
