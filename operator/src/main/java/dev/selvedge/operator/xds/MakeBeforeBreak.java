// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.xds;

import dev.selvedge.compiler.resource.ResourceKey;
import dev.selvedge.compiler.resource.ResourceType;
import dev.selvedge.operator.compile.Served;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The order between clusters and what names them. A route or listener goes out when its clusters are acknowledged and
 * their endpoints are sent; a cluster goes when no route or listener that the proxy may still use needs it.
 */
final class MakeBeforeBreak {
    /** Types whose resources name clusters. */
    static final Set<ResourceType> USERS = EnumSet.of(ResourceType.LISTENER, ResourceType.ROUTE);

    private final Map<ResourceType, Subscription> subscriptions;
    private final Map<ResourceType, Interest> interests;

    /** Clusters from an earlier stream whose routes have not been seen yet on this one. */
    private final Set<String> unclaimed = new HashSet<>();

    /** Clusters that a route or listener needs, or may need. */
    private Set<String> pinned = Set.of();

    MakeBeforeBreak(Map<ResourceType, Subscription> subscriptions, Map<ResourceType, Interest> interests) {
        this.subscriptions = subscriptions;
        this.interests = interests;
    }

    /** The proxy has a cluster from an earlier stream, and nobody knows yet what for. */
    void unclaimed(String cluster) {
        unclaimed.add(cluster);
    }

    boolean isPinned(String cluster) {
        return pinned.contains(cluster);
    }

    /** Works out anew which clusters are needed, and gives those that were needed before. */
    Set<String> pin() {
        if (!unclaimed.isEmpty() && interest(ResourceType.ROUTE).isOpen() && users().noneMatch(Entry::holdsUnknown)) {
            unclaimed.clear();
        }
        var before = pinned;
        var needed = users().flatMap(Entry::needs)
                .filter(key -> key.type() == ResourceType.CLUSTER)
                .map(ResourceKey::name)
                .collect(Collectors.toCollection(HashSet::new));
        needed.addAll(unclaimed);
        pinned = needed;
        return before;
    }

    Set<String> pinned() {
        return pinned;
    }

    private Stream<Entry> users() {
        return USERS.stream().flatMap(type -> of(type).entries().stream());
    }

    /** Whether a resource may go out now. */
    boolean ready(Entry entry) {
        return switch (entry.key().type()) {
            case SECRET, ENDPOINTS, SCOPE -> true;
            case CLUSTER -> {
                var name = entry.key().name();
                yield entry.desired().isPresent()
                        || !pinned.contains(name)
                        || interest(ResourceType.CLUSTER).asked().contains(name);
            }
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
        if (!interest(ResourceType.CLUSTER).isWildcard() || entry.isEmpty()) {
            return true;
        }
        var desired = entry.get().desired();
        return desired.isEmpty()
                || (entry.get().settled() && endpoints(desired.get()).allMatch(Entry::answered));
    }

    /** The endpoints of a cluster that the proxy subscribes to. */
    Stream<Entry> endpoints(Served cluster) {
        return cluster.requires().stream()
                .filter(key -> key.type() == ResourceType.ENDPOINTS)
                .flatMap(key -> of(ResourceType.ENDPOINTS).entry(key.name()).stream());
    }

    private Subscription of(ResourceType type) {
        return Objects.requireNonNull(subscriptions.get(type));
    }

    private Interest interest(ResourceType type) {
        return Objects.requireNonNull(interests.get(type));
    }
}
