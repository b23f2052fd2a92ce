// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.compile;

import dev.selvedge.compiler.diagnostic.Outcome;
import dev.selvedge.compiler.resource.ResourceKey;
import dev.selvedge.compiler.resource.ResourceType;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.ObjectRef;
import dev.selvedge.compiler.snapshot.Pod;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a batch of events changed.
 *
 * @param resources held resources whose value changed; empty when there is none of that name any more
 * @param listings types for which some proxy's listing may differ now
 * @param outcomes objects whose outcome changed; empty when it has none any more
 * @param pods pods that were touched, as they are now; empty when gone
 * @param moves whether pods other than those may belong to the mesh that did not, or the other way round
 * @param since {@link System#nanoTime()} when the oldest event of the batch came in
 */
public record Update(
        Map<ResourceKey, Optional<Served>> resources,
        Set<ResourceType> listings,
        Map<ObjectRef, Optional<Outcome>> outcomes,
        Map<ObjectName, Optional<Pod>> pods,
        boolean moves,
        long since) {
    public Update {
        resources = Map.copyOf(resources);
        listings = Set.copyOf(listings);
        outcomes = Map.copyOf(outcomes);
        pods = Map.copyOf(pods);
    }
}
