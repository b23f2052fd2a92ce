// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.leadership;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;

/** Has every object reconciled when this replica begins to lead: what happened before was another's to act on. */
public final class LeadershipEvents {
    private LeadershipEvents() {}

    /** The event source of one reconciler. */
    public static <P extends HasMetadata> SimpleInboundEventSource<P> of(
            Leadership leadership, EventSourceContext<P> context) {
        var source = new SimpleInboundEventSource<P>("leadership");
        leadership.onGained(() -> {
            if (source.isRunning()) {
                context.getPrimaryCache().list().map(ResourceID::fromResource).forEach(source::propagateEvent);
            }
        });
        return source;
    }
}
