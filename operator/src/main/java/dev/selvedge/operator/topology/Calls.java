// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.topology;

import dev.selvedge.compiler.model.Reached;
import dev.selvedge.compiler.snapshot.ObjectName;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/** Who called what lately, of the proxies of this replica. What is remembered and counted has a bound. */
public final class Calls {
    /** Calls that are remembered: each is a time series, too. */
    static final int MOST = 10_000;

    /** What one caller can make this replica remember: what proxies report is believed, but not without end. */
    static final int MOST_OF_CALLER = 1_000;

    /** After this long without a request, a caller does not call any more. */
    private static final Duration LATELY = Duration.ofHours(1);

    private static final String REQUESTS = "selvedge.topology.requests";

    private record Seen(Counter requests, Instant last) {}

    private final Function<String, Optional<Reached>> behind;
    private final MeterRegistry meters;
    private final Clock steady;
    private final Counter leftOut;
    private final Map<Call, Seen> seen = new HashMap<>();
    private final Map<ObjectName, Integer> ofCaller = new HashMap<>();
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

    /**
     * @param behind what is behind the name of a cluster or a route; empty when it is not a Service
     * @param steady is never set
     */
    public Calls(Function<String, Optional<Reached>> behind, MeterRegistry meters, Clock steady) {
        this.behind = behind;
        this.meters = meters;
        this.steady = steady;
        leftOut = Counter.builder("selvedge.topology.left.out")
                .description("Requests of callers to ports of Services that are more than are remembered")
                .register(meters);
    }

    /** Is called when somebody calls for the first time, or has not called for long. */
    public void onChange(Runnable listener) {
        listeners.add(listener);
    }

    /** So many more requests, or connections that are not HTTP, to what has that name in the caller's proxy. */
    public void add(ObjectName caller, String name, long requests) {
        behind.apply(name).ifPresent(to -> add(new Call(caller, to.service(), to.port(), to.http()), requests));
    }

    private void add(Call call, long requests) {
        if (note(call, requests)) {
            listeners.forEach(Runnable::run);
        }
    }

    private synchronized boolean note(Call call, long requests) {
        var before = seen.get(call);
        if (before == null && (seen.size() >= MOST || ofCaller.getOrDefault(call.caller(), 0) >= MOST_OF_CALLER)) {
            leftOut.increment(requests);
            return false;
        }
        var counter = before == null ? counter(call) : before.requests();
        counter.increment(requests);
        seen.put(call, new Seen(counter, steady.instant()));
        if (before == null) {
            ofCaller.merge(call.caller(), 1, Integer::sum);
        }
        return before == null;
    }

    private Counter counter(Call call) {
        return Counter.builder(REQUESTS)
                .description(
                        "Requests, and connections that are not HTTP, that proxies of this replica sent to Services")
                .tag("caller_namespace", call.caller().namespace())
                .tag("caller", call.caller().name())
                .tag("namespace", call.service().namespace())
                .tag("service", call.service().name())
                .tag("port", Integer.toString(call.port()))
                .tag("protocol", call.http() ? "HTTP" : "TCP")
                .register(meters);
    }

    /** Who called lately. */
    public synchronized Set<Call> current() {
        return Set.copyOf(seen.keySet());
    }

    /** Forgets who has not called for long; to be called every few seconds. */
    public void tick() {
        if (forget(steady.instant().minus(LATELY))) {
            listeners.forEach(Runnable::run);
        }
    }

    private synchronized boolean forget(Instant before) {
        return seen.entrySet().removeIf(entry -> {
            if (!entry.getValue().last().isBefore(before)) {
                return false;
            }
            meters.remove(entry.getValue().requests());
            ofCaller.computeIfPresent(entry.getKey().caller(), (_, count) -> count == 1 ? null : count - 1);
            return true;
        });
    }
}
