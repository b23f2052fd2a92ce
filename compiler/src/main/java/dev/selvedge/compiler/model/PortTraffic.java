// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.model;

import dev.selvedge.compiler.snapshot.Fault;
import dev.selvedge.compiler.snapshot.RateLimit;
import java.util.List;

/**
 * What becomes of the requests to one port that its callers may send.
 *
 * @param faults in order, the first that selects a request is done to it; none that is over
 */
public record PortTraffic(List<Limit> limits, List<Injection> faults) {
    public PortTraffic {
        limits = List.copyOf(limits);
        faults = List.copyOf(faults);
    }

    public boolean isEmpty() {
        return limits.isEmpty() && faults.isEmpty();
    }

    /** @param name {@code namespace/policy/limit} */
    public record Limit(String name, RateLimit limit) {}

    /** @param name {@code namespace/policy/fault} */
    public record Injection(String name, Fault fault) {}
}
