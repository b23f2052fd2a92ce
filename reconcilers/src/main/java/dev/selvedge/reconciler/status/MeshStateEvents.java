// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.status;

import dev.selvedge.compiler.snapshot.Kind;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;

/** Wakes a reconciler when the mesh has something new to say about one of its objects. */
public final class MeshStateEvents {
    private MeshStateEvents() {}

    /** @param kind of the reconciler's objects */
    public static <P extends HasMetadata> SimpleInboundEventSource<P> of(MeshState state, Kind kind) {
        var source = new SimpleInboundEventSource<P>("mesh-state");
        state.onChange(object -> {
            if (object.kind() == kind && source.isRunning()) {
                var name = object.name();
                source.propagateEvent(
                        name.namespace().isEmpty()
                                ? new ResourceID(name.name())
                                : new ResourceID(name.name(), name.namespace()));
            }
        });
        return source;
    }
}
