// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.topology;

import dev.selvedge.compiler.Compilation;
import dev.selvedge.compiler.model.Callers;
import dev.selvedge.compiler.model.Callers.Extent;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.operator.compile.CompileLoop;
import dev.selvedge.operator.compile.Update;
import dev.selvedge.reconciler.status.MeshState.Topology;
import dev.selvedge.reconciler.status.MeshState.UndeclaredPort;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/** Who may call each Service, worked out again some time after something has changed; and beside it who does. */
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

    /** Is another whenever the compiler has taken something in, or {@link #current} is another. */
    private final AtomicLong version = new AtomicLong();

    private Instant next = Instant.MIN;
    private volatile SortedMap<ObjectName, Callers> current = Collections.emptySortedMap();

    /** The last answer: it is asked for again whenever a proxy comes or goes. */
    private volatile Told told = new Told(Set.of(), -1, Topology.UNKNOWN);

    private record Told(Set<Call> calls, long version, Topology topology) {}

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
        version.incrementAndGet();
        changed.set(true);
    }

    /** @param calls who called what lately */
    public Topology beside(Set<Call> calls) {
        var known = told;
        var now = version.get();
        if (known.version() != now || !known.calls().equals(calls)) {
            known = new Told(calls, now, workOut(calls));
            told = known;
        }
        return known.topology();
    }

    private Topology workOut(Set<Call> calls) {
        var callers = new TreeMap<ObjectName, SortedSet<ObjectName>>();
        var ports = new TreeMap<ObjectName, SortedMap<Integer, Set<Boolean>>>();
        for (var call : calls) {
            callers.computeIfAbsent(call.service(), _ -> new TreeSet<>()).add(call.caller());
            ports.computeIfAbsent(call.service(), _ -> new TreeMap<>())
                    .computeIfAbsent(call.port(), _ -> new HashSet<>())
                    .add(call.http());
        }
        var undeclared = new ArrayList<UndeclaredPort>();
        ports.forEach((service, ofService) -> loop.read(compilation -> {
            ofService.forEach((port, http) -> {
                if (compilation.isDetected(service, port)) {
                    undeclared.add(new UndeclaredPort(service, port, http.contains(true), http.contains(false)));
                }
            });
            return undeclared;
        }));
        return new Topology(current, callers, undeclared);
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
                version.incrementAndGet();
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
