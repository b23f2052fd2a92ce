// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.delivery;

import com.google.protobuf.Empty;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.operator.identity.CallerInterceptor;
import dev.selvedge.operator.identity.Refusal;
import dev.selvedge.operator.topology.Calls;
import io.grpc.BindableService;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/** Tells the other replicas, and nobody else, what this one's proxies acknowledged. */
public final class PeerService implements BindableService {
    /** The changes of this long travel together. */
    private static final Duration GATHER = Duration.ofMillis(100);

    private final Ledger ledger;
    private final Calls calls;
    private final BooleanSupplier crowd;
    private final ObjectName operator;
    private final ScheduledExecutorService timer;
    private final MeterRegistry meters;
    private final Set<Watcher> watchers = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean scheduled = new AtomicBoolean();

    /** Nanoseconds until what has changed is told: telling takes a tenth of the time at most. */
    private volatile long pause = GATHER.toNanos();

    /**
     * @param crowd whether many proxies come at the moment
     * @param operator the operator's own service account: only its pods may ask
     */
    public PeerService(
            Ledger ledger,
            Calls calls,
            BooleanSupplier crowd,
            ObjectName operator,
            ScheduledExecutorService timer,
            MeterRegistry meters) {
        this.ledger = ledger;
        this.calls = calls;
        this.crowd = crowd;
        this.operator = operator;
        this.timer = timer;
        this.meters = meters;
        ledger.onChange((_, _) -> schedule());
        calls.onChange(this::schedule);
    }

    @Override
    public ServerServiceDefinition bindService() {
        return ServerServiceDefinition.builder(PeerProtocol.SERVICE)
                .addMethod(PeerProtocol.WATCH, ServerCalls.asyncServerStreamingCall(this::watch))
                .build();
    }

    private void watch(Empty request, StreamObserver<SummaryChange> observer) {
        var caller = CallerInterceptor.caller();
        if (!caller.serviceAccount().equals(operator)) {
            var refusal = new Refusal(Refusal.Reason.NOT_THE_OPERATOR, "only the operator's own pods may ask this");
            refusal.count(meters);
            observer.onError(refusal.status().asRuntimeException());
            return;
        }
        var out = (ServerCallStreamObserver<SummaryChange>) observer;
        var watcher = new Watcher(out);
        out.setOnCancelHandler(() -> watchers.remove(watcher));
        out.setOnReadyHandler(watcher::send);
        out.setCompression("gzip");
        watchers.add(watcher);
        watcher.changed();
    }

    private void schedule() {
        if (!watchers.isEmpty() && scheduled.compareAndSet(false, true)) {
            var _ = timer.schedule(this::flush, pause, TimeUnit.NANOSECONDS);
        }
    }

    /** Tells that a crowd is over, if nothing else is to be told. To be called every few seconds. */
    public void tick() {
        if (!crowd.getAsBoolean() && watchers.stream().anyMatch(Watcher::heardOfCrowd)) {
            schedule();
        }
    }

    private void flush() {
        scheduled.set(false);
        var begin = System.nanoTime();
        watchers.forEach(Watcher::changed);
        pause = Math.max(GATHER.toNanos(), 9 * (System.nanoTime() - begin));
    }

    /** One replica that listens; it hears what is different from what it last heard, when it is ready for it. */
    private final class Watcher {
        private final ServerCallStreamObserver<SummaryChange> out;
        private Summary told = Summary.NOTHING;
        private boolean behind;

        Watcher(ServerCallStreamObserver<SummaryChange> out) {
            this.out = out;
        }

        synchronized boolean heardOfCrowd() {
            return told.crowd();
        }

        synchronized void changed() {
            behind = true;
            send();
        }

        synchronized void send() {
            if (behind && out.isReady()) {
                behind = false;
                var now = ledger.summary(calls.current(), crowd.getAsBoolean());
                out.onNext(now.since(told));
                told = now;
            }
        }
    }
}
