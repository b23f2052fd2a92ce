// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy.retry;

import com.google.protobuf.UInt32Value;
import dev.selvedge.compiler.model.ServiceView;
import dev.selvedge.compiler.policy.StringMatchers;
import dev.selvedge.compiler.resource.Pack;
import dev.selvedge.compiler.resource.ProtoDuration;
import dev.selvedge.compiler.snapshot.TrafficPolicy;
import io.envoyproxy.envoy.config.route.v3.HeaderMatcher;
import io.envoyproxy.envoy.config.route.v3.RetryPolicy;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** When the client's proxy tries again; how much of it a cluster allows is the cluster's retry budget. */
public final class RouteRetries {
    /** How often a pick is repeated that hit an endpoint already tried. */
    private static final int PICKS = 3;

    private RouteRetries() {}

    /** Nothing to say without retries, but a limit for the single try stays. */
    public static void apply(ServiceView.Route route, RouteAction.Builder action) {
        var retry = route.retry();
        if (retry.attempts() == 0 && retry.perTryTimeout().isEmpty()) {
            return;
        }
        var policy = RetryPolicy.newBuilder().setNumRetries(UInt32Value.of(retry.attempts()));
        retry.perTryTimeout().ifPresent(limit -> policy.setPerTryTimeout(ProtoDuration.of(limit)));
        if (retry.attempts() > 0) {
            conditions(retry, policy);
        }
        action.setRetryPolicy(policy);
    }

    private static void conditions(ServiceView.Retry retry, RetryPolicy.Builder policy) {
        policy.setRetryOn(Stream.concat(
                        retry.on().stream().map(RouteRetries::condition),
                        retry.codes().isEmpty() ? Stream.of() : Stream.of("retriable-status-codes"))
                .collect(Collectors.joining(",")));
        policy.addAllRetriableStatusCodes(retry.codes());
        retry.rateLimitedBackoff().ifPresent(backoff -> policy.setRateLimitedRetryBackOff(rateLimited(backoff)));
        for (var method : retry.methods()) {
            policy.addRetriableRequestHeaders(
                    HeaderMatcher.newBuilder().setName(":method").setStringMatch(StringMatchers.exact(method)));
        }
        retry.backoff()
                .ifPresent(backoff -> policy.setRetryBackOff(RetryPolicy.RetryBackOff.newBuilder()
                        .setBaseInterval(ProtoDuration.of(backoff.base()))
                        .setMaxInterval(ProtoDuration.of(backoff.max()))));
        policy.addRetryHostPredicate(RetryPolicy.RetryHostPredicate.newBuilder()
                        .setName("envoy.retry_host_predicates.previous_hosts")
                        .setTypedConfig(Pack.any(PreviousHostsPredicate.getDefaultInstance())))
                .setHostSelectionRetryMaxAttempts(PICKS);
    }

    private static RetryPolicy.RateLimitedRetryBackOff rateLimited(TrafficPolicy.RateLimitedBackoff wanted) {
        var result = RetryPolicy.RateLimitedRetryBackOff.newBuilder().setMaxInterval(ProtoDuration.of(wanted.max()));
        wanted.headers()
                .forEach(header -> result.addResetHeaders(RetryPolicy.ResetHeader.newBuilder()
                        .setName(header.name())
                        .setFormat(
                                switch (header.format()) {
                                    case SECONDS -> RetryPolicy.ResetHeaderFormat.SECONDS;
                                    case UNIX_TIMESTAMP -> RetryPolicy.ResetHeaderFormat.UNIX_TIMESTAMP;
                                })));
        return result.build();
    }

    private static String condition(TrafficPolicy.RetryOn on) {
        return switch (on) {
            case CONNECT_FAILURE -> "connect-failure";
            case REFUSED_STREAM -> "refused-stream";
            case RESET_BEFORE_REQUEST -> "reset-before-request";
            case GATEWAY_ERROR -> "gateway-error";
            case SERVER_ERROR -> "5xx";
            case RESET -> "reset";
            case GRPC_CANCELLED -> "cancelled";
            case GRPC_DEADLINE_EXCEEDED -> "deadline-exceeded";
            case GRPC_INTERNAL -> "internal";
            case GRPC_RESOURCE_EXHAUSTED -> "resource-exhausted";
            case GRPC_UNAVAILABLE -> "unavailable";
        };
    }
}
