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
import org.jspecify.annotations.Nullable;

/** Who called what lately, of the proxies of this replica. What is remembered and counted has a bound. */
public final class Calls {
    /** Calls that are remembered: each is a time series, too. */
    static final int MOST = 10_000;

    /** What one caller can make this replica remember: what proxies report is believed, but not without end. */
    static final int MOST_OF_CALLER = 1_000;

    /** New time series that are made in one go. */
    private static final int SERIES = 500;

    /** After this long without a request, a caller does not call any more. */
    private static final Duration LATELY = Duration.ofHours(1);

    private static final String REQUESTS = "selvedge.topology.requests";

    /** Time series are made and moved on every few seconds, some at a time: a thousand proxies may come at once. */
    private static final class Seen {
        Instant last;
        long unpublished;

        @Nullable
        Counter published;

        Seen(Instant first) {
            last = first;
        }
    }

    private final Function<String, Optional<Reached>> behind;
    private final MeterRegistry meters;
    private final Clock steady;
    private final Counter leftOut;
    private final Map<Call, Seen> seen = new HashMap<>();

    /** What was last told, until a call is new or forgotten. */
    private @Nullable Set<Call> current;

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

    /** What has these names in the caller's proxy is called for the first time. */
    public void begin(ObjectName caller, List<String> names) {
        // Not worth looking up: nothing more is remembered.
        if (isFull()) {
            leftOut.increment(names.size());
        } else {
            names.forEach(name -> add(caller, name, 1));
        }
    }

    private synchronized boolean isFull() {
        return seen.size() >= MOST;
    }

    private void add(Call call, long requests) {
        if (note(call, requests)) {
            listeners.forEach(Runnable::run);
        }
    }

    private synchronized boolean note(Call which, long requests) {
        var before = seen.get(which);
        if (before == null && (isFull() || ofCaller.getOrDefault(which.caller(), 0) >= MOST_OF_CALLER)) {
            leftOut.increment(requests);
            return false;
        }
        var now = steady.instant();
        var call = before == null ? new Seen(now) : before;
        call.last = now;
        call.unpublished += requests;
        if (before == null) {
            seen.put(which, call);
            current = null;
            ofCaller.merge(which.caller(), 1, Integer::sum);
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

    /** Who called lately; the same instance until that changes. */
    public synchronized Set<Call> current() {
        if (current == null) {
            current = Set.copyOf(seen.keySet());
        }
        return current;
    }

    /** Publishes the numbers, and forgets who has not called for long; to be called every few seconds. */
    public void tick() {
        publish();
        if (forget(steady.instant().minus(LATELY))) {
            listeners.forEach(Runnable::run);
        }
    }

    private synchronized void publish() {
        int made = 0;
        for (var entry : seen.entrySet()) {
            var call = entry.getValue();
            if (call.published == null && made < SERIES) {
                call.published = counter(entry.getKey());
                made++;
            }
            if (call.published != null) {
                call.published.increment(call.unpublished);
                call.unpublished = 0;
            }
        }
    }

    private synchronized boolean forget(Instant before) {
        return seen.entrySet().removeIf(entry -> {
            if (!entry.getValue().last.isBefore(before)) {
                return false;
            }
            current = null;
            if (entry.getValue().published != null) {
                meters.remove(entry.getValue().published);
            }
            ofCaller.computeIfPresent(entry.getKey().caller(), (_, count) -> count == 1 ? null : count - 1);
            return true;
        });
    }
}
