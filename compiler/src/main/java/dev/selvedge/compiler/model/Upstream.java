// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.model;

import dev.selvedge.compiler.snapshot.CircuitBreaking;
import dev.selvedge.compiler.snapshot.Connections;
import dev.selvedge.compiler.snapshot.HealthCheck;
import dev.selvedge.compiler.snapshot.LoadBalancing;
import dev.selvedge.compiler.snapshot.TrafficPolicy;
import java.util.Optional;

/** How a client's proxy uses the endpoints of a Service: what holds for each of its clusters. */
public record Upstream(
        LoadBalancing loadBalancing,
        CircuitBreaking circuitBreaking,
        Optional<TrafficPolicy.Budget> retryBudget,
        Optional<HealthCheck> healthCheck,
        Connections connections) {
    /** Nobody says anything. */
    public static final Upstream DEFAULT = new Upstream(
            LoadBalancing.NONE, CircuitBreaking.NONE, Optional.empty(), Optional.empty(), Connections.NONE);

    public Upstream with(LoadBalancing other) {
        return new Upstream(other, circuitBreaking, retryBudget, healthCheck, connections);
    }

    public Upstream with(CircuitBreaking other) {
        return new Upstream(loadBalancing, other, retryBudget, healthCheck, connections);
    }

    public Upstream with(HealthCheck other) {
        return new Upstream(loadBalancing, circuitBreaking, retryBudget, Optional.of(other), connections);
    }

    public Upstream with(Connections other) {
        return new Upstream(loadBalancing, circuitBreaking, retryBudget, healthCheck, other);
    }
}
