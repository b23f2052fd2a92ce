// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.topology;

import dev.selvedge.compiler.Compilation;
import dev.selvedge.compiler.model.Callers;
import dev.selvedge.compiler.model.Callers.Extent;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.operator.compile.CompileLoop;
import dev.selvedge.operator.compile.Update;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

/** Who may call each Service, worked out again some time after something has changed. */
public final class AllowedCalls implements CompileLoop.Listener {
    private static final Duration AT_MOST_EVERY = Duration.ofSeconds(10);

    /** Services in one go: the compiler waits meanwhile. */
    private static final int CHUNK = 200;

    /** Time series. */
    private static final int MOST_ROWS = 10_000;

    private final CompileLoop loop;
    private final Clock steady;
    private final MultiGauge gauge;
    private final AtomicBoolean changed = new AtomicBoolean(true);
    private Instant next = Instant.MIN;
    private volatile SortedMap<ObjectName, Callers> current = Collections.emptySortedMap();

    /** @param steady is never set */
    public AllowedCalls(CompileLoop loop, MeterRegistry meters, Clock steady) {
        this.loop = loop;
        this.steady = steady;
        gauge = MultiGauge.builder("selvedge.topology.may.call")
                .description("Who may call a Service: 1 always, 0.5 sometimes, 0 never; * stands for all others")
                .register(meters);
    }

    @Override
    public void updated(Update update) {
        changed.set(true);
    }

    /** By Service. */
    public SortedMap<ObjectName, Callers> current() {
        return current;
    }

    /** To be called every few seconds, by one thread. */
    public void tick() {
        var now = steady.instant();
        if (loop.isReady() && !now.isBefore(next) && changed.getAndSet(false)) {
            next = now.plus(AT_MOST_EVERY);
            var before = current;
            var after = workOut();
            if (!after.equals(before)) {
                current = after;
                gauge.register(
                        after.entrySet().stream()
                                .flatMap(entry -> rows(entry.getKey(), entry.getValue()))
                                .limit(MOST_ROWS)
                                .toList(),
                        true);
            }
        }
    }

    private SortedMap<ObjectName, Callers> workOut() {
        var services = List.copyOf(loop.read(Compilation::services));
        var callers = new TreeMap<ObjectName, Callers>();
        for (int from = 0; from < services.size(); from += CHUNK) {
            var chunk = services.subList(from, Math.min(from + CHUNK, services.size()));
            loop.read(compilation -> {
                chunk.forEach(service -> compilation.callers(service).ifPresent(found -> callers.put(service, found)));
                return callers;
            });
        }
        return Collections.unmodifiableSortedMap(callers);
    }

    private static Stream<MultiGauge.Row<?>> rows(ObjectName service, Callers callers) {
        return Stream.concat(
                        callers.named().entrySet().stream(), Stream.of(Map.entry(Callers.EVERYBODY, callers.others())))
                .map(entry -> MultiGauge.Row.of(tags(service, entry.getKey()), number(entry.getValue())));
    }

    private static Tags tags(ObjectName service, ObjectName caller) {
        var namespace = caller.equals(Callers.EVERYBODY) ? caller.name() : caller.namespace();
        return Tags.of("namespace", service.namespace(), "service", service.name())
                .and("caller_namespace", namespace, "caller", caller.name());
    }

    private static double number(Extent extent) {
        return switch (extent) {
            case NEVER -> 0;
            case SOMETIMES -> 0.5;
            case ALWAYS -> 1;
        };
    }
}
