// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.xds;

import dev.selvedge.compiler.resource.ResourceKey;
import dev.selvedge.compiler.resource.ResourceType;
import dev.selvedge.operator.compile.Served;
import dev.selvedge.operator.compile.Update;
import dev.selvedge.operator.delivery.Holding;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * All that one proxy subscribes to, and the order in which it gets it. Pure state, without I/O; the caller serialises.
 *
 * <p>Make before break: a route or listener goes out when its clusters are acknowledged and their endpoints are sent;
 * a cluster goes when no route or listener that the proxy may still use needs it.
 */
final class ProxyState {
    private static final String WILDCARD = "*";
    private static final int MAX_RESPONSE_BYTES = 4 << 20;
    private static final Set<ResourceType> LISTED =
            EnumSet.of(ResourceType.LISTENER, ResourceType.SCOPE, ResourceType.CLUSTER);

    /** Types whose resources name clusters. */
    private static final Set<ResourceType> USERS = EnumSet.of(ResourceType.LISTENER, ResourceType.ROUTE);

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
    private final Set<ResourceType> opened = EnumSet.noneOf(ResourceType.class);
    private final Map<ResourceType, Set<String>> asked = new EnumMap<>(ResourceType.class);
    private final Map<ResourceType, SortedSet<String>> listed = new EnumMap<>(ResourceType.class);

    /** Clusters that a route or listener needs, or may need. */
    private Set<String> pinned = Set.of();

    /** Clusters from an earlier stream whose routes have not been seen yet on this one. */
    private final Set<String> unclaimed = new HashSet<>();

    private boolean listenersSent;
    private long nonces;

    /** When something last came in. */
    private long latest;

    ProxyState(Source source, Holding.Sink sink) {
        this.source = source;
        for (var type : ResourceType.values()) {
            subscriptions.put(type, new Subscription(type, sink));
            asked.put(type, new HashSet<>());
        }
    }

    /** Takes in what the proxy says; the verdict is there when it answered a response. */
    Optional<Verdict> take(Request request, long now) {
        latest = now;
        var type = request.type();
        var subscription = of(type);
        var verdict = answer(subscription, request);
        if (opened.add(type)) {
            open(request, now);
        } else {
            if (request.subscribe().contains(WILDCARD) && LISTED.contains(type)) {
                relist(type, now);
            }
            ask(type, named(request.subscribe()), Map.of(), now);
            leave(type, request.unsubscribe(), now);
        }
        if (type == ResourceType.CLUSTER || USERS.contains(type)) {
            pin(now);
        }
        return verdict;
    }

    private Optional<Verdict> answer(Subscription subscription, Request request) {
        if (request.nonce().isEmpty()) {
            return Optional.empty();
        }
        var verdict = request.error() == null
                ? subscription.acknowledge(request.nonce())
                : subscription.refuse(request.nonce(), request.error());
        if (verdict instanceof Verdict.Accepted accepted) {
            accepted.gone().forEach(name -> drop(subscription, name));
        }
        return Optional.of(verdict);
    }

    private void open(Request request, long now) {
        var type = request.type();
        var held = request.initialVersions();
        var subscription = of(type);
        // No names at all in the first request is the older way to ask for everything.
        var wildcard = LISTED.contains(type)
                && (request.subscribe().isEmpty() || request.subscribe().contains(WILDCARD));
        if (wildcard) {
            // What the proxy has from before: kept if it is still listed, else to be removed.
            source.acquire(type, held.keySet(), held).forEach(found -> {
                var name = found.key().name();
                subscription.holds(found.key(), held.getOrDefault(name, Entry.ABSENT));
                if (type == ResourceType.CLUSTER) {
                    subscription.want(found.key(), found.served(), now);
                    unclaimed.add(name);
                } else {
                    unwant(type, name, now);
                }
            });
            relist(type, now);
            if (held.isEmpty()) {
                subscription.greet();
            }
        }
        ask(type, named(request.subscribe()), held, now);
    }

    private void relist(ResourceType type, long now) {
        var before = listed.getOrDefault(type, Collections.emptySortedSet());
        var after = source.listing(type);
        listed.put(type, after);
        if (before == after) {
            return;
        }
        want(type, after.stream().filter(name -> !before.contains(name)).toList(), now);
        before.stream().filter(name -> !keeps(type, name)).forEach(name -> unwant(type, name, now));
    }

    /** Subscriptions by name are answered at once, also with the news that there is no such resource. */
    private void ask(ResourceType type, List<String> names, Map<String, String> held, long now) {
        if (names.isEmpty()) {
            return;
        }
        var subscription = of(type);
        asked(type).addAll(names);
        var fresh = names.stream()
                .filter(name -> subscription
                        .entry(name)
                        .flatMap(Entry::desired)
                        .map(Served::wire)
                        .isEmpty())
                .toList();
        var known = subscription.names();
        var twice = fresh.stream().filter(known::contains).toList();
        source.acquire(type, fresh, held).forEach(found -> {
            var version = held.get(found.key().name());
            if (version != null) {
                subscription.holds(found.key(), version);
            }
            subscription.want(found.key(), found.served(), now);
        });
        source.release(keys(subscription, twice));
        names.stream().filter(name -> !held.containsKey(name)).forEach(name -> subscription.force(name, now));
    }

    private void leave(ResourceType type, List<String> names, long now) {
        var subscription = of(type);
        for (var name : names) {
            if (name.equals(WILDCARD)) {
                listed.remove(type);
                List.copyOf(subscription.names()).stream()
                        .filter(each -> !asked(type).contains(each))
                        .forEach(each -> drop(subscription, each));
            } else if (asked(type).remove(name)) {
                if (keeps(type, name)) {
                    subscription.force(name, now);
                } else if (listed.containsKey(type)) {
                    subscription.unwant(name, now);
                    subscription.force(name, now);
                } else {
                    drop(subscription, name);
                }
            }
        }
    }

    /** Whether an update touches anything of this proxy. */
    boolean concerns(Update update) {
        return update.listings().stream().anyMatch(listed::containsKey)
                || update.resources().keySet().stream()
                        .anyMatch(key -> wanted(key).isPresent());
    }

    private Optional<Entry> wanted(ResourceKey key) {
        return of(key.type())
                .entry(key.name())
                .filter(entry -> entry.wanted() && entry.key().equals(key));
    }

    /** Takes in what the compiler changed. */
    void take(Update update) {
        latest = update.since();
        update.resources().forEach((key, served) -> wanted(key)
                .ifPresent(_ -> of(key.type()).want(key, served.orElse(null), update.since())));
        update.listings().stream().filter(listed::containsKey).forEach(type -> relist(type, update.since()));
        if (update.listings().contains(ResourceType.LISTENER)
                || update.resources().keySet().stream().anyMatch(key -> USERS.contains(key.type()))) {
            pin(update.since());
        }
    }

    /** A secret of this proxy was made anew. */
    void renewed(Served secret, long now) {
        of(ResourceType.SECRET).entry(secret.key().name()).ifPresent(_ -> of(ResourceType.SECRET)
                .want(secret.key(), secret, now));
    }

    /** Secrets that the proxy subscribes to. */
    List<Served> secrets() {
        return of(ResourceType.SECRET).entries().stream()
                .flatMap(entry -> entry.desired().stream())
                .toList();
    }

    /** The next response; empty when nothing can be sent before the proxy answers or something changes. */
    Optional<Response> next() {
        for (var type : ORDER) {
            if (!opened.contains(type) || !mayStart(type)) {
                continue;
            }
            var response = of(type).next(Long.toHexString(nonces), this::ready, MAX_RESPONSE_BYTES);
            if (response.isPresent()) {
                nonces++;
                sent(response.get());
                return response;
            }
        }
        return Optional.empty();
    }

    /** A starting proxy takes the first listeners for all of them and opens to traffic: they go out together. */
    private boolean mayStart(ResourceType type) {
        return type != ResourceType.LISTENER
                || listenersSent
                || of(type).entries().stream().allMatch(this::ready);
    }

    private void sent(Response response) {
        listenersSent |= response.type() == ResourceType.LISTENER;
        if (response.type() == ResourceType.CLUSTER) {
            // Envoy warms a changed cluster until its endpoints come, and does not ask for those that it has.
            response.resources().stream()
                    .flatMap(served -> served.requires().stream())
                    .filter(key -> key.type() == ResourceType.ENDPOINTS)
                    .forEach(key -> of(ResourceType.ENDPOINTS).force(key.name(), latest));
        }
    }

    private boolean ready(Entry entry) {
        return switch (entry.key().type()) {
            case SECRET, ENDPOINTS, SCOPE -> true;
            case CLUSTER ->
                entry.desired().isPresent()
                        || !pinned.contains(entry.key().name())
                        || asked(ResourceType.CLUSTER).contains(entry.key().name());
            case LISTENER, ROUTE ->
                entry.desired().stream()
                        .flatMap(served -> served.requires().stream())
                        .filter(key -> key.type() == ResourceType.CLUSTER)
                        .allMatch(this::usable);
        };
    }

    /** Whether a cluster is acknowledged and its endpoints are sent, or nothing better is to come. */
    private boolean usable(ResourceKey cluster) {
        var entry = of(ResourceType.CLUSTER).entry(cluster.name());
        if (!listed.containsKey(ResourceType.CLUSTER) || entry.isEmpty()) {
            return true;
        }
        var desired = entry.get().desired();
        return desired.isEmpty()
                || (entry.get().settled()
                        && desired.get().requires().stream()
                                .filter(key -> key.type() == ResourceType.ENDPOINTS)
                                .flatMap(key -> of(ResourceType.ENDPOINTS).entry(key.name()).stream())
                                .allMatch(Entry::answered));
    }

    /** Works out which clusters this proxy needs for its routes and listeners. */
    private void pin(long now) {
        if (!listed.containsKey(ResourceType.CLUSTER)) {
            return;
        }
        if (!unclaimed.isEmpty() && opened.contains(ResourceType.ROUTE) && users().noneMatch(Entry::holdsUnknown)) {
            unclaimed.clear();
        }
        var needed = users().flatMap(Entry::needs)
                .filter(key -> key.type() == ResourceType.CLUSTER)
                .map(ResourceKey::name)
                .collect(Collectors.toCollection(HashSet::new));
        needed.addAll(unclaimed);
        if (needed.equals(pinned)) {
            return;
        }
        var before = pinned;
        pinned = needed;
        want(
                ResourceType.CLUSTER,
                needed.stream().filter(name -> !before.contains(name)).toList(),
                now);
        before.stream()
                .filter(name -> !keeps(ResourceType.CLUSTER, name))
                .forEach(name -> unwant(ResourceType.CLUSTER, name, now));
    }

    private Stream<Entry> users() {
        return USERS.stream().flatMap(type -> of(type).entries().stream());
    }

    private boolean keeps(ResourceType type, String name) {
        return asked(type).contains(name)
                || listed.getOrDefault(type, Collections.emptySortedSet()).contains(name)
                || (type == ResourceType.CLUSTER && pinned.contains(name));
    }

    private void want(ResourceType type, Collection<String> names, long now) {
        var subscription = of(type);
        var twice = names.stream().filter(subscription.names()::contains).toList();
        source.acquire(type, names, Map.of()).forEach(found -> subscription.want(found.key(), found.served(), now));
        source.release(keys(subscription, twice));
    }

    private void unwant(ResourceType type, String name, long now) {
        var subscription = of(type);
        subscription.unwant(name, now);
        if (subscription.entry(name).filter(Entry::gone).isPresent()) {
            drop(subscription, name);
        }
    }

    /** Each entry holds its resource once. */
    private static List<ResourceKey> keys(Subscription subscription, List<String> names) {
        return names.stream()
                .flatMap(name -> subscription.entry(name).stream())
                .map(Entry::key)
                .toList();
    }

    private void drop(Subscription subscription, String name) {
        subscription.drop(name).ifPresent(key -> source.release(List.of(key)));
    }

    private Subscription of(ResourceType type) {
        return Objects.requireNonNull(subscriptions.get(type));
    }

    private Set<String> asked(ResourceType type) {
        return Objects.requireNonNull(asked.get(type));
    }

    private static List<String> named(List<String> names) {
        return names.stream().filter(name -> !name.equals(WILDCARD)).toList();
    }

    /** Gives everything back. */
    void close() {
        var keys = new ArrayList<ResourceKey>();
        subscriptions.values().forEach(subscription -> subscription.entries().forEach(entry -> keys.add(entry.key())));
        source.release(keys);
    }
}
