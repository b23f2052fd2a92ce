// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.injection;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.GRPCAction;
import io.fabric8.kubernetes.api.model.HTTPGetAction;
import io.fabric8.kubernetes.api.model.LifecycleHandler;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.TCPSocketAction;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The places of a container that tell the kubelet what to call. */
enum Hook {
    STARTUP("startup"),
    LIVENESS("liveness"),
    READINESS("readiness"),
    POST_START("postStart"),
    PRE_STOP("preStop");

    private final String text;

    Hook(String text) {
        this.text = text;
    }

    /** As it stands in the path that the kubelet calls, and in the annotation. */
    String text() {
        return text;
    }

    /** What the kubelet calls over the network; at most one is present. {@code exec} is none of our business. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Call(
            @Nullable HTTPGetAction httpGet,
            @Nullable TCPSocketAction tcpSocket,
            @Nullable GRPCAction grpc) {
        static Call of(HTTPGetAction httpGet) {
            return new Call(httpGet, null, null);
        }

        static Call of(GRPCAction grpc) {
            return new Call(null, null, grpc);
        }

        boolean isEmpty() {
            return httpGet == null && tcpSocket == null && grpc == null;
        }
    }

    Optional<Call> call(Container container) {
        var call =
                switch (this) {
                    case STARTUP, LIVENESS, READINESS -> ofProbe(probe(container));
                    case POST_START, PRE_STOP -> ofHandler(handler(container));
                };
        return call.isEmpty() ? Optional.empty() : Optional.of(call);
    }

    void replace(Container container, Call call) {
        switch (this) {
            case STARTUP, LIVENESS, READINESS -> {
                var probe = probe(container);
                if (probe != null) {
                    probe.setHttpGet(call.httpGet());
                    probe.setTcpSocket(call.tcpSocket());
                    probe.setGrpc(call.grpc());
                }
            }
            case POST_START, PRE_STOP -> {
                var handler = handler(container);
                if (handler != null) {
                    handler.setHttpGet(call.httpGet());
                }
            }
        }
    }

    /**
     * How long the kubelet waits for an answer.
     *
     * @param gracePeriod of the pod, in seconds
     * @return seconds; 0 without a bound
     */
    int timeoutSeconds(Container container, long gracePeriod) {
        return switch (this) {
            case STARTUP, LIVENESS, READINESS -> {
                var probe = probe(container);
                yield probe == null || probe.getTimeoutSeconds() == null ? 1 : Math.max(1, probe.getTimeoutSeconds());
            }
            case POST_START -> 0;
            case PRE_STOP -> (int) Math.min(gracePeriod, Integer.MAX_VALUE);
        };
    }

    private @Nullable Probe probe(Container container) {
        return switch (this) {
            case STARTUP -> container.getStartupProbe();
            case LIVENESS -> container.getLivenessProbe();
            case READINESS -> container.getReadinessProbe();
            case POST_START, PRE_STOP -> null;
        };
    }

    private @Nullable LifecycleHandler handler(Container container) {
        var lifecycle = container.getLifecycle();
        return switch (this) {
            case POST_START -> lifecycle == null ? null : lifecycle.getPostStart();
            case PRE_STOP -> lifecycle == null ? null : lifecycle.getPreStop();
            case STARTUP, LIVENESS, READINESS -> null;
        };
    }

    private static Call ofProbe(@Nullable Probe probe) {
        return probe == null
                ? new Call(null, null, null)
                : new Call(probe.getHttpGet(), probe.getTcpSocket(), probe.getGrpc());
    }

    /** A lifecycle hook knows no other call: Kubernetes ignores its {@code tcpSocket}. */
    private static Call ofHandler(@Nullable LifecycleHandler handler) {
        return new Call(handler == null ? null : handler.getHttpGet(), null, null);
    }
}
