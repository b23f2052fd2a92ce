// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.xds;

import dev.selvedge.compiler.resource.ResourceType;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** What the xDS server counts, by type of resource. */
final class XdsMetrics {
    private record OfType(Counter responses, Counter resources, Counter bytes, Counter acks, Counter nacks) {}

    static final String REFUSED = "selvedge.xds.refused";

    private final Map<ResourceType, OfType> types = new EnumMap<>(ResourceType.class);
    private final MeterRegistry meters;
    private final Timer convergence;
    private final Counter stalled;

    XdsMetrics(MeterRegistry meters, Supplier<Number> connected, Supplier<Number> overdue) {
        this.meters = meters;
        for (var type : ResourceType.values()) {
            var tag = type.name().toLowerCase(Locale.ROOT);
            types.put(
                    type,
                    new OfType(
                            counter(meters, "selvedge.xds.responses", "Responses sent", tag),
                            counter(meters, "selvedge.xds.resources", "Resources sent, removals included", tag),
                            counter(meters, "selvedge.xds.bytes", "Bytes of responses sent", tag),
                            counter(meters, "selvedge.xds.acks", "Responses that a proxy acknowledged", tag),
                            counter(meters, "selvedge.xds.nacks", "Responses that a proxy refused", tag)));
        }
        convergence = Timer.builder("selvedge.xds.convergence")
                .description("From the event or subscription that led to a response to its acknowledgement")
                .publishPercentileHistogram()
                .minimumExpectedValue(Duration.ofMillis(1))
                .maximumExpectedValue(Duration.ofMinutes(1))
                .register(meters);
        stalled = Counter.builder("selvedge.xds.stalled")
                .description("Proxies that were disconnected because they took nothing of what was ready for them")
                .register(meters);
        Gauge.builder("selvedge.xds.proxies", connected)
                .description("Proxies connected to this replica")
                .register(meters);
        Gauge.builder("selvedge.xds.overdue", overdue)
                .description(
                        "Proxies that stay connected after the end of their tokens, because the API server is away")
                .register(meters);
    }

    private static Counter counter(MeterRegistry meters, String name, String description, String type) {
        return Counter.builder(name).description(description).tag("type", type).register(meters);
    }

    private OfType of(ResourceType type) {
        return Objects.requireNonNull(types.get(type));
    }

    void stalled() {
        stalled.increment();
    }

    void sent(Response response, int bytes) {
        var counters = of(response.type());
        counters.responses().increment();
        counters.resources()
                .increment(response.resources().size() + response.removed().size());
        counters.bytes().increment(bytes);
    }

    void refused(String reason) {
        refused(meters, reason);
    }

    /** @param reason one of a few words */
    static void refused(MeterRegistry meters, String reason) {
        Counter.builder(REFUSED)
                .description("Connections, requests and streams that broke a limit")
                .tag("reason", reason)
                .register(meters)
                .increment();
    }

    void answered(ResourceType type, Verdict verdict, long now) {
        switch (verdict) {
            case Verdict.Accepted accepted -> {
                of(type).acks().increment();
                if (accepted.since() != Long.MAX_VALUE) {
                    convergence.record(now - accepted.since(), TimeUnit.NANOSECONDS);
                }
            }
            case Verdict.Suspected _, Verdict.Refused _ -> of(type).nacks().increment();
            case Verdict.Unknown _ -> {}
        }
    }
}
