// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.model;

import dev.selvedge.compiler.snapshot.CircuitBreaking;
import dev.selvedge.compiler.snapshot.Connections;
import dev.selvedge.compiler.snapshot.LoadBalancing;

/** How a client's proxy uses the endpoints of a Service: what holds for each of its clusters. */
public record Upstream(LoadBalancing loadBalancing, CircuitBreaking circuitBreaking, Connections connections) {
    /** Nobody says anything. */
    public static final Upstream DEFAULT = new Upstream(LoadBalancing.NONE, CircuitBreaking.NONE, Connections.NONE);
}
