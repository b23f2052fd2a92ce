// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.xds;

import dev.selvedge.compiler.resource.ResourceKey;
import dev.selvedge.compiler.resource.ResourceType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.agrona.collections.Object2IntCounterMap;
import org.agrona.collections.ObjectHashSet;

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

    /** How many routes and listeners need each cluster, or may need it. */
    private final Object2IntCounterMap<String> users = new Object2IntCounterMap<>(0);

    /** Clusters that are kept for those. */
    private final Set<String> pinned = new ObjectHashSet<>();

    /** Clusters of which it may have changed whether they are needed. */
    private Set<String> touched = new HashSet<>();

    /** Clusters that are needed now and were not before, and the other way round. */
    record Pins(List<String> added, List<String> removed) {
        Pins {
            added = List.copyOf(added);
            removed = List.copyOf(removed);
        }
    }

    MakeBeforeBreak(Map<ResourceType, Subscription> subscriptions, Map<ResourceType, Interest> interests) {
        this.subscriptions = subscriptions;
        this.interests = interests;
    }

    /** The proxy has a cluster from an earlier stream, and nobody knows yet what for. */
    void unclaimed(String cluster) {
        unclaimed.add(cluster);
        touched.add(cluster);
    }

    boolean isPinned(String cluster) {
        return pinned.contains(cluster);
    }

    /** A route or listener needs other resources than before. */
    void needed(Collection<ResourceKey> before, Collection<ResourceKey> after) {
        for (var key : before) {
            if (!after.contains(key)) {
                count(key, -1);
            }
        }
        for (var key : after) {
            if (!before.contains(key)) {
                count(key, 1);
            }
        }
    }

    private void count(ResourceKey key, int more) {
        if (key.type() == ResourceType.CLUSTER) {
            users.getAndAdd(key.name(), more);
            touched.add(key.name());
        }
    }

    /** Works out which clusters are needed now; the cost is that of what was touched since the last time. */
    Pins pin() {
        if (!unclaimed.isEmpty()
                && interest(ResourceType.ROUTE).isOpen()
                && USERS.stream().noneMatch(type -> of(type).holdsUnknown())) {
            touched.addAll(unclaimed);
            unclaimed.clear();
        }
        var added = new ArrayList<String>();
        var removed = new ArrayList<String>();
        for (var name : touched) {
            if (users.get(name) > 0 || unclaimed.contains(name)) {
                if (pinned.add(name)) {
                    added.add(name);
                }
            } else if (pinned.remove(name)) {
                removed.add(name);
            }
        }
        touched = touched.isEmpty() ? touched : new HashSet<>();
        return new Pins(added, removed);
    }

    /** The proxy no longer takes clusters that it did not ask for by name; should it again, all are pinned anew. */
    void unpin() {
        touched.addAll(pinned);
        pinned.clear();
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
            case LISTENER, ROUTE -> {
                var served = entry.desired();
                yield served.isEmpty() || areUsable(served.get().requires());
            }
        };
    }

    private boolean areUsable(List<ResourceKey> required) {
        for (var key : required) {
            if (key.type() == ResourceType.CLUSTER && !isUsable(key.name())) {
                return false;
            }
        }
        return true;
    }

    /**
     * Whether a cluster is acknowledged, or refused, and its endpoints are sent. One that has gone since its user was
     * looked up is not: the news of that is on its way to this stream, and the user goes or changes with it.
     */
    private boolean isUsable(String cluster) {
        var clusters = of(ResourceType.CLUSTER);
        if (!interest(ResourceType.CLUSTER).isWildcard() || !clusters.contains(cluster)) {
            return true;
        }
        var served = clusters.desired(cluster);
        return served != null && clusters.isSettled(cluster) && areAnswered(served.requires());
    }

    private boolean areAnswered(List<ResourceKey> required) {
        for (var key : required) {
            if (key.type() == ResourceType.ENDPOINTS
                    && !of(ResourceType.ENDPOINTS).isAnswered(key.name())) {
                return false;
            }
        }
        return true;
    }

    private Subscription of(ResourceType type) {
        return Objects.requireNonNull(subscriptions.get(type));
    }

    private Interest interest(ResourceType type) {
        return Objects.requireNonNull(interests.get(type));
    }
}
