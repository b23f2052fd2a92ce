// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.xds;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import dev.selvedge.compiler.diagnostic.Origin;
import dev.selvedge.compiler.resource.Context;
import dev.selvedge.compiler.resource.Resource;
import dev.selvedge.compiler.resource.ResourceKey;
import dev.selvedge.compiler.resource.ResourceType;
import dev.selvedge.operator.compile.CompileLoop.Found;
import dev.selvedge.operator.compile.Listed;
import dev.selvedge.operator.compile.ListingChange;
import dev.selvedge.operator.compile.Served;
import dev.selvedge.operator.compile.Update;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/** A mesh of named resources for tests of the state machines. */
final class FakeSource implements Source {
    final Map<ResourceKey, Served> resources = new HashMap<>();
    final Map<ResourceType, SortedSet<String>> listings = new HashMap<>();
    final Map<ResourceKey, Integer> holders = new HashMap<>();

    /** What this proxy finds under a name. */
    BiFunction<ResourceType, String, ResourceKey> keys = FakeSource::key;

    static ResourceKey key(ResourceType type, String name) {
        return new ResourceKey(type, name, new Context.Shared());
    }

    static Served served(ResourceType type, String name, String version, ResourceKey... requires) {
        return served(key(type, name), version, new TreeSet<>(), requires);
    }

    static Served served(ResourceKey key, String version, SortedSet<Origin> origins, ResourceKey... requires) {
        var body = Any.newBuilder().setValue(ByteString.copyFromUtf8(version)).build();
        return Served.of(new Resource(key, body, version, origins, List.of(requires)));
    }

    /** Puts a resource in place and gives the update that says so. */
    Update put(Served... served) {
        var changed = new HashMap<ResourceKey, Optional<Served>>();
        for (var each : served) {
            resources.put(each.key(), each);
            changed.put(each.key(), Optional.of(each));
        }
        return update(changed, Set.of());
    }

    Update remove(ResourceType type, String name) {
        resources.remove(key(type, name));
        return update(Map.of(key(type, name), Optional.empty()), Set.of());
    }

    Update list(ResourceType type, String... names) {
        listings.put(type, new TreeSet<>(List.of(names)));
        return update(Map.of(), Set.of(type));
    }

    static Update update(Map<ResourceKey, Optional<Served>> resources, Set<ResourceType> listings) {
        return new Update(resources, listings, Map.of(), Map.of(), false, 1);
    }

    /** What is held and by how many. */
    Stream<String> held() {
        return holders.entrySet().stream()
                .filter(entry -> entry.getValue() != 0)
                .map(entry -> entry.getKey().name() + "×" + entry.getValue());
    }

    @Override
    public SortedSet<String> listing(ResourceType type) {
        return listings.getOrDefault(type, new TreeSet<>());
    }

    @Override
    public Optional<Listed> listed(ResourceType type) {
        var names = listing(type);
        var found = acquire(type, names, Map.of());
        var listed = Listed.of(names, found);
        if (listed.isEmpty()) {
            release(found.stream().map(Found::key).toList());
        }
        return listed;
    }

    @Override
    public ListingChange difference(SortedSet<String> before, SortedSet<String> after) {
        return ListingChange.between(before, after);
    }

    @Override
    public List<Found> acquire(ResourceType type, Collection<String> names, Map<String, String> held) {
        return names.stream()
                .map(name -> {
                    var key = keys.apply(type, name);
                    holders.merge(key, 1, Integer::sum);
                    return new Found(key, resources.get(key));
                })
                .toList();
    }

    @Override
    public void release(Collection<ResourceKey> keys) {
        keys.forEach(key -> holders.merge(key, -1, Integer::sum));
    }

    @Override
    public void release(Listed listed) {
        release(listed.resources().stream().map(Served::key).toList());
    }
}
