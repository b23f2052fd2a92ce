// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator;

import dev.selvedge.reconciler.leadership.Leadership;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderElectionConfig;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderElector;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaseLock;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Leadership by a Lease. JOSDK's own election ends the process when the lease is lost, and with it the streams of its
 * proxies; here a replica that loses the lease goes on serving and stands for election again.
 */
@Singleton
public class LeaseElection implements Leadership {
    private static final Logger LOG = Logger.getLogger(LeaseElection.class);
    private static final String LEASE = "selvedge-leader";
    private static final Duration LEASE_DURATION = Duration.ofSeconds(15);
    private static final Duration RENEW_DEADLINE = Duration.ofSeconds(10);
    private static final Duration RETRY_PERIOD = Duration.ofSeconds(2);
    private static final Duration PATIENCE_AT_THE_END = Duration.ofSeconds(5);

    private final KubernetesClient client;
    private final Settings settings;
    private final Executor executor = Executors.newVirtualThreadPerTaskExecutor();
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private volatile boolean held;
    private boolean closed;
    private @Nullable CompletableFuture<?> candidacy;

    LeaseElection(KubernetesClient client, Settings settings, MeterRegistry meters) {
        this.client = client;
        this.settings = settings;
        Gauge.builder("selvedge.leader", () -> held ? 1 : 0)
                .description("1 while this replica writes to the cluster")
                .register(meters);
    }

    /** Stands for election until {@link #stop}. */
    synchronized void start() {
        if (closed) {
            return;
        }
        var candidate = new LeaderElector(
                client,
                new LeaderElectionConfig(
                        new LeaseLock(settings.namespace(), LEASE, settings.pod()),
                        LEASE_DURATION,
                        RENEW_DEADLINE,
                        RETRY_PERIOD,
                        new LeaderCallbacks(this::gained, this::lost, leader -> LOG.infof("%s leads", leader)),
                        // Given back on a clean end, so that the next leader need not wait for it to run out.
                        true,
                        LEASE),
                executor);
        candidacy = candidate.start();
        candidacy.whenComplete(
                (_, _) -> CompletableFuture.delayedExecutor(RETRY_PERIOD.toMillis(), TimeUnit.MILLISECONDS, executor)
                        .execute(this::start));
    }

    private void gained() {
        held = true;
        listeners.forEach(Runnable::run);
    }

    private void lost() {
        held = false;
        LOG.info("this replica no longer leads; it goes on serving");
    }

    @Override
    public boolean isHeld() {
        return held;
    }

    @Override
    public void onGained(Runnable listener) {
        listeners.add(listener);
    }

    /** Gives the Lease back, if the API server takes it in time: the elector waits for a request that is under way. */
    @PreDestroy
    public void stop() {
        var last = close();
        if (last == null) {
            return;
        }
        try {
            CompletableFuture.runAsync(() -> last.cancel(true), executor)
                    .get(PATIENCE_AT_THE_END.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException e) {
            LOG.warnf("the Lease %s is not given back and runs out: %s", LEASE, e);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized @Nullable CompletableFuture<?> close() {
        closed = true;
        held = false;
        return candidacy;
    }
}
