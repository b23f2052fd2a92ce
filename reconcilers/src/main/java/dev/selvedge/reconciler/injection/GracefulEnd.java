// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.injection;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Lifecycle;
import io.fabric8.kubernetes.api.model.LifecycleHandlerBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;

/**
 * A terminating pod goes on serving until its clients know that it leaves. Removing its endpoint and telling the
 * application to end happen at the same moment, and a proxy in between learns it a little later.
 */
final class GracefulEnd {
    /** Seconds; the default of Kubernetes. */
    private static final long DEFAULT_PERIOD = 30;

    private GracefulEnd() {}

    /** The pod's termination grace period in seconds. */
    static long period(PodSpec spec) {
        var period = spec.getTerminationGracePeriodSeconds();
        return period == null ? DEFAULT_PERIOD : period;
    }

    /**
     * Lets every container that serves, and has no preStop hook of its own, wait before it is told to end; at most half
     * of the grace period, so that it keeps time to finish. The sidecar needs none: a native sidecar ends last.
     */
    static void delay(PodSpec spec, long drainSeconds) {
        long seconds = Math.min(drainSeconds, period(spec) / 2);
        if (seconds < 1 || !servesForever(spec)) {
            return;
        }
        for (var container : spec.getContainers()) {
            if (!hasPreStop(container)) {
                var lifecycle = container.getLifecycle() == null ? new Lifecycle() : container.getLifecycle();
                lifecycle.setPreStop(
                        new LifecycleHandlerBuilder().withNewSleep(seconds).build());
                container.setLifecycle(lifecycle);
            }
        }
    }

    private static boolean hasPreStop(Container container) {
        return container.getLifecycle() != null && container.getLifecycle().getPreStop() != null;
    }

    /** Pods of a Job are not endpoints; they end when they are done. */
    private static boolean servesForever(PodSpec spec) {
        return spec.getRestartPolicy() == null || "Always".equals(spec.getRestartPolicy());
    }
}
