// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.xds;

import dev.selvedge.compiler.resource.ResourceKey;
import dev.selvedge.compiler.resource.ResourceType;
import dev.selvedge.compiler.snapshot.ClientGroups;
import dev.selvedge.operator.compile.CompileLoop.Found;
import dev.selvedge.operator.compile.Served;
import dev.selvedge.operator.compile.Update;
import dev.selvedge.operator.delivery.Holding;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * All that one proxy subscribes to, and the order in which it gets it. Pure state, without I/O; the caller serialises.
 */
final class ProxyState {
    private static final String WILDCARD = "*";
    private static final int MAX_RESPONSE_BYTES = 4 << 20;

    /** Types that have a wildcard. */
    private static final Set<ResourceType> LISTED =
            EnumSet.of(ResourceType.LISTENER, ResourceType.SCOPE, ResourceType.CLUSTER);

    /** Of these, types whose listing is the same for all proxies, needs nothing, and is shaped by no user's object. */
    private static final Set<ResourceType> AS_ONE = EnumSet.of(ResourceType.SCOPE);

    /** Secrets first, since clusters and listeners wait for them; then what is needed before what needs it. */
    private static final List<ResourceType> ORDER = List.of(
            ResourceType.SECRET,
            ResourceType.CLUSTER,
            ResourceType.ENDPOINTS,
            ResourceType.LISTENER,
            ResourceType.SCOPE,
            ResourceType.ROUTE);

    private final Source source;
    private final Map<ResourceType, Subscription> subscriptions = new EnumMap<>(ResourceType.class);
    private final Map<ResourceType, Interest> interests = new EnumMap<>(ResourceType.class);
    private final MakeBeforeBreak order = new MakeBeforeBreak(subscriptions, interests);

    /** Endpoints of clusters that were replaced before the proxy said which endpoints it has. */
    private Set<String> owed = new HashSet<>();

    private boolean listenersSent;
    private long nonces;

    /** When something last came in. */
    private long latest;

    ProxyState(Source source, Holding.Sink sink) {
        this.source = source;
        for (var type : ResourceType.values()) {
            subscriptions.put(
                    type, new Subscription(type, sink, MakeBeforeBreak.USERS.contains(type) ? order::needed : null));
            interests.put(type, new Interest());
        }
    }

    /** Takes in what the proxy says; the verdict is there when it answered a response. */
    Optional<Verdict> take(Request request, long now) {
        latest = now;
        var type = request.type();
        var verdict = answer(request);
        if (interest(type).open()) {
            open(request);
        } else {
            if (request.subscribe().contains(WILDCARD) && LISTED.contains(type)) {
                relist(type);
            }
            ask(type, named(request.subscribe()), Map.of());
            leave(type, request.unsubscribe());
        }
        if (type == ResourceType.CLUSTER || MakeBeforeBreak.USERS.contains(type)) {
            pin();
        }
        return verdict;
    }

    private Optional<Verdict> answer(Request request) {
        if (request.nonce().isEmpty()) {
            return Optional.empty();
        }
        var subscription = of(request.type());
        var verdict = request.error() == null
                ? subscription.acknowledge(request.nonce())
                : subscription.refuse(request.nonce(), request.error());
        switch (verdict) {
            case Verdict.Accepted accepted -> accepted.gone().forEach(name -> drop(request.type(), name));
            // What was refused may have been unlisted while it was on its way.
            case Verdict.Refused refused -> dropIfGone(request.type(), refused.name());
            case Verdict.Suspected suspected -> suspected.names().forEach(name -> dropIfGone(request.type(), name));
            case Verdict.Unknown _ -> {}
        }
        return Optional.of(verdict);
    }

    private void open(Request request) {
        var type = request.type();
        // No names at all in the first request is the older way to ask for everything.
        if (LISTED.contains(type)
                && (request.subscribe().isEmpty() || request.subscribe().contains(WILDCARD))) {
            list(type, request.initialVersions());
            if (request.initialVersions().isEmpty()) {
                of(type).greet();
            }
        }
        ask(type, named(request.subscribe()), request.initialVersions());
        if (type == ResourceType.ENDPOINTS) {
            owed = new HashSet<>();
        }
    }

    private void list(ResourceType type, Map<String, String> held) {
        var whole = AS_ONE.contains(type) ? whole(type, held) : Optional.<Whole>empty();
        resume(type, whole.map(all -> all.rest(held)).orElse(held));
        relist(type);
        whole.ifPresent(all -> want(type, all.apart()));
    }

    private Optional<Whole> whole(ResourceType type, Map<String, String> held) {
        var listed = source.listed(type).orElse(null);
        if (listed == null) {
            return Optional.empty();
        }
        if (listed.size() > MAX_RESPONSE_BYTES) {
            source.release(listed);
            return Optional.empty();
        }
        var whole = Whole.of(listed, held, latest);
        of(type).take(whole);
        interest(type).list(listed.names());
        return Optional.of(whole);
    }

    /** What the proxy has from before: kept if it is still listed or needed, else to be removed. */
    private void resume(ResourceType type, Map<String, String> held) {
        for (var found : acquired(type, held.keySet(), held)) {
            var name = found.key().name();
            of(type).holds(found.key(), held.getOrDefault(name, Entry.ABSENT));
            if (type == ResourceType.CLUSTER) {
                of(type).want(found.key(), found.served(), latest);
                order.unclaimed(name);
            } else {
                unwant(type, name);
            }
        }
    }

    private void relist(ResourceType type) {
        var listing = source.listing(type);
        var change = source.difference(interest(type).listing(), listing);
        interest(type).list(listing);
        want(type, change.added());
        change.removed().stream().filter(name -> !keeps(type, name)).forEach(name -> unwant(type, name));
    }

    /** Subscriptions by name are answered at once, also with the news that there is no such resource. */
    private void ask(ResourceType type, List<String> names, Map<String, String> held) {
        var known = of(type);
        var fresh = new ArrayList<String>(names.size());
        for (var name : names) {
            var served = known.desired(name);
            if (served == null || served.wire() == null) {
                fresh.add(name);
            } else {
                interest(type).asked().add(served.key().name());
                if (!held.containsKey(name)) {
                    known.force(name, latest);
                }
            }
        }
        acquire(type, fresh, held, true);
    }

    private void leave(ResourceType type, List<String> names) {
        for (var name : names) {
            if (name.equals(WILDCARD)) {
                interest(type).list(null);
                if (type == ResourceType.CLUSTER) {
                    order.unpin();
                }
                of(type).entries().map(entry -> entry.key().name()).toList().stream()
                        .filter(each -> !interest(type).asked().contains(each))
                        .forEach(each -> drop(type, each));
            } else if (interest(type).asked().remove(name)) {
                if (!keeps(type, name) && !interest(type).isWildcard()) {
                    drop(type, name);
                } else {
                    // With a wildcard, a proxy that leaves a name is told whether the wildcard still covers it.
                    if (!keeps(type, name)) {
                        of(type).unwant(name, latest);
                    }
                    of(type).force(name, latest);
                }
            }
        }
    }

    /** Whether an update touches anything of this proxy. */
    boolean concerns(Update update) {
        for (var type : update.listings()) {
            if (interest(type).isWildcard()) {
                return true;
            }
        }
        for (var key : update.resources().keySet()) {
            if (wanted(key).isPresent()) {
                return true;
            }
        }
        return false;
    }

    private Optional<Entry> wanted(ResourceKey key) {
        return of(key.type())
                .entry(key.name())
                .filter(entry -> entry.wanted() && entry.key().equals(key));
    }

    /** Takes in what the compiler changed. */
    void take(Update update) {
        latest = update.since();
        var others = new ArrayList<String>();
        update.resources().forEach((key, served) -> wanted(key).ifPresent(entry -> {
            if (served.map(Served::groups).orElse(ClientGroups.NONE).equals(entry.groups())) {
                of(key.type()).want(key, served.orElse(null), latest);
            } else {
                others.add(key.name());
            }
        }));
        // Clients are told apart otherwise than before: another resource of that name may be this proxy's.
        want(ResourceType.ROUTE, others);
        update.listings().stream().filter(type -> interest(type).isWildcard()).forEach(this::relist);
        if (update.listings().contains(ResourceType.LISTENER)
                || update.resources().keySet().stream().anyMatch(key -> MakeBeforeBreak.USERS.contains(key.type()))) {
            pin();
        }
    }

    /** The proxy's pod is another than before: of names that stand for several resources another may be its. */
    void relabelled(long now) {
        latest = now;
        want(
                ResourceType.ROUTE,
                of(ResourceType.ROUTE)
                        .entries()
                        .filter(entry -> entry.wanted() && !entry.groups().isNone())
                        .map(entry -> entry.key().name())
                        .toList());
        pin();
    }

    /** A secret of this proxy was made anew. */
    void renewed(Served secret, long now) {
        latest = now;
        if (wanted(secret.key()).isPresent()) {
            of(ResourceType.SECRET).want(secret.key(), secret, now);
        }
    }

    /** How many names it brought itself, beside those that its wildcards list. */
    int ownNames() {
        return Stream.of(ResourceType.values())
                .mapToInt(type ->
                        Math.max(0, of(type).size() - interest(type).listing().size()))
                .sum();
    }

    /** Secrets that the proxy subscribes to. */
    List<Served> secrets() {
        return of(ResourceType.SECRET)
                .entries()
                .flatMap(entry -> entry.desired().stream())
                .toList();
    }

    /** The version of a secret that the proxy has. */
    Optional<String> held(String secret) {
        return of(ResourceType.SECRET).entry(secret).flatMap(Entry::held);
    }

    /** Whether the proxy has its listeners, which it asks for last of what it starts with, and all that it asked for. */
    boolean isServed() {
        return interest(ResourceType.LISTENER).isOpen()
                && subscriptions.values().stream().allMatch(subscription -> subscription.unanswered() == 0);
    }

    /** False when {@link #next()} has nothing for certain. */
    boolean mayHaveNext() {
        for (var subscription : subscriptions.values()) {
            if (subscription.mayHaveNext()) {
                return true;
            }
        }
        return false;
    }

    /** The next response; empty when nothing can be sent before the proxy answers or something changes. */
    Optional<Response> next() {
        for (var type : ORDER) {
            if (!interest(type).isOpen() || !mayStart(type)) {
                continue;
            }
            var response = of(type).next(Long.toHexString(nonces), order::ready, MAX_RESPONSE_BYTES);
            if (response.isPresent()) {
                nonces++;
                sent(response.get());
                return response;
            }
        }
        return Optional.empty();
    }

    private boolean mayStart(ResourceType type) {
        return switch (type) {
            // A starting proxy takes the first listeners for all of them and opens to traffic: they go out together.
            case LISTENER -> listenersSent || of(type).entries().allMatch(order::ready);
            // Listeners that take scopes from another source than before take those that come after them.
            case SCOPE -> !of(ResourceType.LISTENER).mayHaveNext();
            case SECRET, CLUSTER, ENDPOINTS, ROUTE -> true;
        };
    }

    private void sent(Response response) {
        listenersSent |= response.type() == ResourceType.LISTENER;
        if (response.type() == ResourceType.CLUSTER) {
            // Envoy warms a changed cluster until its endpoints come, and does not ask for those that it has.
            for (var cluster : response.resources()) {
                cluster.requires().stream()
                        .filter(required -> required.type() == ResourceType.ENDPOINTS)
                        .forEach(required ->
                                sendAgain(required.name(), cluster.key().name()));
            }
        }
    }

    private void sendAgain(String endpoints, String cluster) {
        if (interest(ResourceType.ENDPOINTS).isOpen()) {
            of(ResourceType.ENDPOINTS).force(endpoints, latest);
        } else if (of(ResourceType.CLUSTER).entry(cluster).flatMap(Entry::held).isPresent()) {
            owed.add(endpoints);
        }
    }

    /** Works out which clusters this proxy needs for its routes and listeners. */
    private void pin() {
        if (!interest(ResourceType.CLUSTER).isWildcard()) {
            return;
        }
        var pins = order.pin();
        want(ResourceType.CLUSTER, pins.added());
        pins.removed().stream()
                .filter(name -> !keeps(ResourceType.CLUSTER, name))
                .forEach(name -> unwant(ResourceType.CLUSTER, name));
    }

    private boolean keeps(ResourceType type, String name) {
        return interest(type).includes(name) || (type == ResourceType.CLUSTER && order.isPinned(name));
    }

    private void want(ResourceType type, Collection<String> names) {
        acquire(type, names, Map.of(), false);
    }

    /** @param asked whether the proxy asks for them by name and waits for an answer; not for what it has already */
    private void acquire(ResourceType type, Collection<String> names, Map<String, String> held, boolean asked) {
        if (names.isEmpty()) {
            return;
        }
        var known = of(type);
        for (var found : acquired(type, names, held)) {
            var name = found.key().name();
            var version = held.get(name);
            if (version != null) {
                known.holds(found.key(), version);
            }
            if (asked) {
                // The name of the shared resource, not this proxy's copy of it.
                interest(type).asked().add(name);
            }
            if (asked && (version == null || (type == ResourceType.ENDPOINTS && owed.contains(name)))) {
                known.answer(found.key(), found.served(), latest);
            } else {
                known.want(found.key(), found.served(), latest);
            }
        }
    }

    /** Each entry holds its resource once, and none that a listing holds which is taken as one. */
    private List<Found> acquired(ResourceType type, Collection<String> names, Map<String, String> held) {
        var twice = new ArrayList<ResourceKey>();
        for (var name : names) {
            of(type).holds(name).ifPresent(twice::add);
        }
        var found = source.acquire(type, names, held);
        if (!twice.isEmpty()) {
            source.release(twice);
        }
        return found;
    }

    private void unwant(ResourceType type, String name) {
        of(type).unwant(name, latest);
        dropIfGone(type, name);
    }

    private void dropIfGone(ResourceType type, String name) {
        if (of(type).entry(name).filter(Entry::gone).isPresent()) {
            drop(type, name);
        }
    }

    private void drop(ResourceType type, String name) {
        of(type).drop(name).ifPresent(key -> source.release(List.of(key)));
    }

    private Subscription of(ResourceType type) {
        return Objects.requireNonNull(subscriptions.get(type));
    }

    private Interest interest(ResourceType type) {
        return Objects.requireNonNull(interests.get(type));
    }

    private static List<String> named(List<String> names) {
        return names.stream().filter(name -> !name.equals(WILDCARD)).toList();
    }

    /** Gives everything back. */
    void close() {
        var keys = new ArrayList<ResourceKey>();
        for (var subscription : subscriptions.values()) {
            keys.addAll(subscription.keys());
            subscription.listed().ifPresent(source::release);
        }
        source.release(keys);
    }
}
