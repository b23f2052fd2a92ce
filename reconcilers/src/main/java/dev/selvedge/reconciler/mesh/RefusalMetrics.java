// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.mesh;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Optional;
import java.util.function.Supplier;

/** Whether what somebody else provides for trust is refused now: 1 or 0. */
final class RefusalMetrics {
    private RefusalMetrics() {}

    /** @param current what is provided, as the leading replica judges it; empty on the others, which do not judge */
    static void register(MeterRegistry meters, Supplier<Optional<Provision>> current) {
        gauge(meters, "issuer", () -> current.get().flatMap(Provision::refusal));
        gauge(meters, "additional-anchors", () -> current.get().flatMap(Provision::bundleRefusal));
    }

    private static void gauge(MeterRegistry meters, String what, Supplier<Optional<String>> refusal) {
        Gauge.builder("selvedge.trust.refused", () -> refusal.get().isPresent() ? 1 : 0)
                .description("Whether the leading replica refuses what is provided")
                .tag("what", what)
                .register(meters);
    }
}
