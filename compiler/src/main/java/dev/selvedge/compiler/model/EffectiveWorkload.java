// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.model;

import dev.selvedge.compiler.snapshot.Fault;
import dev.selvedge.compiler.snapshot.Mesh;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.RateLimit;
import java.util.List;

/**
 * All that the proxy of a pod enforces, and which object decides each part of it.
 *
 * @param identity the pod's SPIFFE ID
 * @param ports those with rate limits or faults
 */
public record EffectiveWorkload(
        ObjectName pod,
        String identity,
        Decided<Mesh.MtlsMode> mtls,
        EffectiveService.Guard authorization,
        List<Port> ports) {
    public EffectiveWorkload {
        ports = List.copyOf(ports);
    }

    /** @param port of the pod */
    public record Port(int port, List<Decided<RateLimit>> rateLimits, List<Decided<Fault>> faults) {
        public Port {
            rateLimits = List.copyOf(rateLimits);
            faults = List.copyOf(faults);
        }
    }
}
