// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.ingest;

import static dev.selvedge.api.v1alpha1.GatewayDuration.parse;
import static java.util.Objects.requireNonNull;
import static java.util.Objects.requireNonNullElse;

import dev.selvedge.compiler.snapshot.Fault;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.RateLimit;
import dev.selvedge.compiler.snapshot.RateLimitService;
import java.util.Optional;

/** What a TrafficPolicy has the pods of a Service do, as the compiler reads it. Pure, as {@link PolicyIngest}. */
public final class ServerIngest {
    /** The name of all that makes the rate limit service that the operator runs. */
    public static final String MANAGED_RATE_LIMITS = "selvedge-rate-limit";

    /** Its port for gRPC. */
    public static final int MANAGED_RATE_LIMIT_PORT = 8081;

    private ServerIngest() {}

    static RateLimit rateLimit(dev.selvedge.api.v1alpha1.RateLimit spec) {
        return new RateLimit(
                spec.name(),
                spec.ports(),
                switch (spec.scope()) {
                    case LOCAL -> RateLimit.Scope.LOCAL;
                    case CONNECTION -> RateLimit.Scope.CONNECTION;
                    case GLOBAL -> RateLimit.Scope.GLOBAL;
                },
                spec.key().stream().map(ServerIngest::key).toList(),
                spec.limit().requests(),
                parse(spec.limit().per()),
                Optional.ofNullable(spec.limit().burst()),
                switch (spec.mode()) {
                    case ENFORCE -> RateLimit.Mode.ENFORCE;
                    case AUDIT -> RateLimit.Mode.AUDIT;
                });
    }

    static RateLimitService rateLimitService(dev.selvedge.api.v1alpha1.RateLimitService spec) {
        return new RateLimitService(
                new ObjectName(spec.namespace(), requireNonNullElse(spec.name(), MANAGED_RATE_LIMITS)),
                requireNonNullElse(spec.port(), MANAGED_RATE_LIMIT_PORT),
                spec.domain(),
                switch (spec.onFailure()) {
                    case ALLOW -> RateLimitService.Failure.ALLOW;
                    case DENY -> RateLimitService.Failure.DENY;
                });
    }

    private static RateLimit.Key key(dev.selvedge.api.v1alpha1.RateLimit.Key key) {
        return switch (key.type()) {
            case CALLER -> new RateLimit.Key.Caller();
            case HEADER -> new RateLimit.Key.Header(requireNonNull(key.name()));
            case REMOTE_ADDRESS -> new RateLimit.Key.RemoteAddress();
        };
    }

    /** A fault that is not over: whoever has a clock says when it is. */
    static Fault fault(dev.selvedge.api.v1alpha1.Fault spec, String namespace) {
        return new Fault(
                spec.name(),
                spec.ports(),
                spec.from().stream().map(source -> source(source, namespace)).toList(),
                spec.matches().stream().map(PolicyIngest::match).toList(),
                Optional.ofNullable(spec.delay())
                        .map(delay -> new Fault.Delay(parse(delay.duration()), delay.percent())),
                Optional.ofNullable(spec.abort()).map(abort -> new Fault.Abort(status(abort), abort.percent())),
                Optional.ofNullable(spec.bandwidth())
                        .map(bandwidth -> new Fault.Bandwidth(bandwidth.kibPerSecond(), bandwidth.percent())),
                Optional.ofNullable(spec.expiresAt()),
                false);
    }

    private static Fault.Source source(dev.selvedge.api.v1alpha1.Fault.Source source, String namespace) {
        return new Fault.Source(
                source.serviceAccounts().stream()
                        .map(account ->
                                new ObjectName(requireNonNullElse(account.namespace(), namespace), account.name()))
                        .toList(),
                source.namespaces());
    }

    private static Fault.Status status(dev.selvedge.api.v1alpha1.Fault.Abort abort) {
        return abort.httpStatus() == null
                ? new Fault.Status.Grpc(requireNonNull(abort.grpcStatus()).code())
                : new Fault.Status.Http(abort.httpStatus());
    }
}
