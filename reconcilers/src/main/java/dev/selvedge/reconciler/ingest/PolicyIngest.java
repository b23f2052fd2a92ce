// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.ingest;

import static java.util.Objects.requireNonNull;
import static java.util.Objects.requireNonNullElse;

import dev.selvedge.api.v1alpha1.AuthorityMatch;
import dev.selvedge.api.v1alpha1.AuthorizationPolicySpec;
import dev.selvedge.api.v1alpha1.FieldMatch;
import dev.selvedge.api.v1alpha1.GatewayDuration;
import dev.selvedge.api.v1alpha1.MeshSpec;
import dev.selvedge.api.v1alpha1.PathMatch;
import dev.selvedge.api.v1alpha1.Retries;
import dev.selvedge.api.v1alpha1.Timeouts;
import dev.selvedge.api.v1alpha1.TrafficPolicySpec;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy;
import dev.selvedge.compiler.snapshot.LabelSelector;
import dev.selvedge.compiler.snapshot.Mesh;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.StringMatch;
import dev.selvedge.compiler.snapshot.TrafficPolicy;
import dev.selvedge.compiler.snapshot.TrustDomains;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Our own kinds as the compiler reads them. Pure. What the schema of the CRD refuses (a duration that is none, a match
 * without a value) is answered by an {@link IllegalArgumentException} or {@link NullPointerException}.
 */
public final class PolicyIngest {
    private PolicyIngest() {}

    /**
     * The Mesh.
     *
     * @param discoveredCidrs the cluster's own ranges of Service addresses; used when the spec names none
     */
    public static Optional<Mesh> mesh(dev.selvedge.api.v1alpha1.Mesh mesh, List<String> discoveredCidrs) {
        var spec = mesh.getSpec();
        var declared = spec.interception().serviceCidrs();
        return Optional.of(new Mesh(
                Ingest.meta(mesh),
                new TrustDomains(spec.trustDomain(), spec.trustDomainAliases()),
                selector(spec.members().namespaceSelector()),
                switch (spec.mtls().mode()) {
                    case STRICT -> Mesh.MtlsMode.STRICT;
                    case PERMISSIVE -> Mesh.MtlsMode.PERMISSIVE;
                },
                switch (spec.egress().mode()) {
                    case ALLOW -> Mesh.EgressMode.ALLOW;
                    case DENY -> Mesh.EgressMode.DENY;
                },
                authorizationDefault(spec.authorization()),
                declared.isEmpty() ? discoveredCidrs : declared,
                Optional.ofNullable(spec.rateLimitService()).map(ServerIngest::rateLimitService)));
    }

    private static Mesh.AuthorizationDefault authorizationDefault(MeshSpec.Authorization authorization) {
        return switch (authorization.defaultDecision()) {
            case ALLOW -> Mesh.AuthorizationDefault.ALLOW;
            case DENY -> Mesh.AuthorizationDefault.DENY;
        };
    }

    public static Optional<TrafficPolicy> trafficPolicy(dev.selvedge.api.v1alpha1.TrafficPolicy policy) {
        var spec = policy.getSpec();
        return Optional.of(new TrafficPolicy(
                Ingest.meta(policy),
                spec.targetRefs().stream()
                        .map(TrafficPolicySpec.TargetRef::name)
                        .toList(),
                spec.ports().stream().map(PolicyIngest::port).toList(),
                spec.subsets().stream()
                        .map(subset -> new TrafficPolicy.Subset(subset.name(), subset.labels()))
                        .toList(),
                UpstreamIngest.release(spec.release()),
                spec.routes().stream().map(PolicyIngest::route).toList(),
                timeouts(spec.timeouts()),
                retries(spec.retries()),
                UpstreamIngest.loadBalancing(spec.loadBalancing()),
                UpstreamIngest.circuitBreaking(spec.circuitBreaking()),
                UpstreamIngest.healthCheck(spec.healthCheck()),
                UpstreamIngest.connections(spec.connections()),
                spec.rateLimits().stream().map(ServerIngest::rateLimit).toList(),
                spec.faults().stream()
                        .map(fault ->
                                ServerIngest.fault(fault, Ingest.name(policy).namespace()))
                        .toList()));
    }

    private static TrafficPolicy.PortProtocol port(TrafficPolicySpec.PortProtocol port) {
        return new TrafficPolicy.PortProtocol(
                port.port(),
                switch (port.protocol()) {
                    case HTTP -> TrafficPolicy.Protocol.HTTP;
                    case HTTP2 -> TrafficPolicy.Protocol.HTTP2;
                    case GRPC -> TrafficPolicy.Protocol.GRPC;
                    case TCP -> TrafficPolicy.Protocol.TCP;
                    case TLS -> TrafficPolicy.Protocol.TLS;
                });
    }

    private static TrafficPolicy.Route route(TrafficPolicySpec.Route route) {
        return new TrafficPolicy.Route(
                route.name(),
                route.ports(),
                route.matches().stream().map(PolicyIngest::match).toList(),
                route.backends().stream()
                        .map(backend -> new TrafficPolicy.Backend(
                                Optional.ofNullable(backend.subset()), requireNonNullElse(backend.weight(), 1)))
                        .toList(),
                timeouts(route.timeouts()),
                retries(route.retries()),
                PolicyActions.of(route),
                route.requestMirrors().stream().map(PolicyActions::mirror).toList());
    }

    static TrafficPolicy.Match match(TrafficPolicySpec.Match match) {
        return new TrafficPolicy.Match(
                Optional.ofNullable(match.path()).map(PolicyIngest::path),
                Optional.ofNullable(match.method()),
                match.headers().stream().map(PolicyIngest::field).toList(),
                match.queryParams().stream().map(PolicyIngest::field).toList(),
                Optional.ofNullable(match.authority()).map(PolicyIngest::authority),
                Optional.ofNullable(match.source())
                        .map(source -> new TrafficPolicy.Source(source.namespaces(), source.labels())));
    }

    private static StringMatch authority(AuthorityMatch match) {
        return switch (match.type()) {
            case EXACT -> new StringMatch.Exact(match.value());
            case PREFIX -> new StringMatch.Prefix(match.value());
            case REGEX -> new StringMatch.Regex(match.value());
        };
    }

    private static StringMatch path(PathMatch path) {
        return switch (path.type()) {
            case EXACT -> new StringMatch.Exact(path.value());
            case PREFIX -> new StringMatch.Prefix(path.value());
            case REGEX -> new StringMatch.Regex(path.value());
            case TEMPLATE -> new StringMatch.Regex(PathTemplate.regex(path.value()));
        };
    }

    private static TrafficPolicy.Field field(FieldMatch match) {
        return new TrafficPolicy.Field(
                match.name(),
                switch (match.type()) {
                    case EXACT -> new StringMatch.Exact(requireNonNull(match.value()));
                    case PREFIX -> new StringMatch.Prefix(requireNonNull(match.value()));
                    case REGEX -> new StringMatch.Regex(requireNonNull(match.value()));
                    case PRESENT -> new StringMatch.Present();
                });
    }

    private static Optional<TrafficPolicy.Timeouts> timeouts(@Nullable Timeouts timeouts) {
        return Optional.ofNullable(timeouts)
                .map(t -> new TrafficPolicy.Timeouts(
                        duration(t.request()), duration(t.perTry()), duration(t.idle()), duration(t.stream())));
    }

    private static Optional<TrafficPolicy.Retries> retries(@Nullable Retries retries) {
        return Optional.ofNullable(retries)
                .map(r -> new TrafficPolicy.Retries(
                        r.attempts(),
                        r.when().stream().map(PolicyIngest::retryOn).toList(),
                        r.methods(),
                        r.codes(),
                        Optional.ofNullable(r.backoff())
                                .map(backoff -> new TrafficPolicy.Backoff(
                                        GatewayDuration.parse(backoff.base()), GatewayDuration.parse(backoff.max()))),
                        Optional.ofNullable(r.rateLimitedBackoff()).map(PolicyIngest::rateLimited),
                        Optional.ofNullable(r.budget())
                                .map(budget -> new TrafficPolicy.Budget(budget.percent(), budget.minConcurrent()))));
    }

    private static TrafficPolicy.RateLimitedBackoff rateLimited(Retries.RateLimitedBackoff backoff) {
        return new TrafficPolicy.RateLimitedBackoff(
                backoff.headers().stream()
                        .map(header -> new TrafficPolicy.ResetHeader(
                                header.name(),
                                switch (header.format()) {
                                    case SECONDS -> TrafficPolicy.ResetHeader.Format.SECONDS;
                                    case UNIX_TIMESTAMP -> TrafficPolicy.ResetHeader.Format.UNIX_TIMESTAMP;
                                }))
                        .toList(),
                GatewayDuration.parse(backoff.max()));
    }

    private static TrafficPolicy.RetryOn retryOn(Retries.RetryOn on) {
        return switch (on) {
            case CONNECT_FAILURE -> TrafficPolicy.RetryOn.CONNECT_FAILURE;
            case REFUSED_STREAM -> TrafficPolicy.RetryOn.REFUSED_STREAM;
            case RESET_BEFORE_REQUEST -> TrafficPolicy.RetryOn.RESET_BEFORE_REQUEST;
            case GATEWAY_ERROR -> TrafficPolicy.RetryOn.GATEWAY_ERROR;
            case SERVER_ERROR -> TrafficPolicy.RetryOn.SERVER_ERROR;
            case RESET -> TrafficPolicy.RetryOn.RESET;
            case GRPC_CANCELLED -> TrafficPolicy.RetryOn.GRPC_CANCELLED;
            case GRPC_DEADLINE_EXCEEDED -> TrafficPolicy.RetryOn.GRPC_DEADLINE_EXCEEDED;
            case GRPC_INTERNAL -> TrafficPolicy.RetryOn.GRPC_INTERNAL;
            case GRPC_RESOURCE_EXHAUSTED -> TrafficPolicy.RetryOn.GRPC_RESOURCE_EXHAUSTED;
            case GRPC_UNAVAILABLE -> TrafficPolicy.RetryOn.GRPC_UNAVAILABLE;
        };
    }

    static Optional<Duration> duration(@Nullable String text) {
        return Optional.ofNullable(text).map(GatewayDuration::parse);
    }

    public static Optional<AuthorizationPolicy> authorizationPolicy(
            dev.selvedge.api.v1alpha1.AuthorizationPolicy policy) {
        var spec = policy.getSpec();
        var namespace = Ingest.name(policy).namespace();
        return Optional.of(new AuthorizationPolicy(
                Ingest.meta(policy),
                spec.targetRefs().stream().map(PolicyIngest::target).toList(),
                switch (spec.action()) {
                    case ALLOW -> AuthorizationPolicy.Action.ALLOW;
                    case DENY -> AuthorizationPolicy.Action.DENY;
                },
                spec.rules().stream().map(rule -> rule(rule, namespace)).toList()));
    }

    private static AuthorizationPolicy.Target target(AuthorizationPolicySpec.TargetRef target) {
        return switch (target.kind()) {
            case SERVICE -> new AuthorizationPolicy.Target.ServiceTarget(requireNonNull(target.name()));
            case POD -> new AuthorizationPolicy.Target.PodTarget(selector(requireNonNull(target.selector())));
        };
    }

    private static AuthorizationPolicy.Rule rule(AuthorizationPolicySpec.Rule rule, String namespace) {
        return new AuthorizationPolicy.Rule(
                rule.name(),
                rule.from().stream().map(source -> source(source, namespace)).toList(),
                rule.to().stream()
                        .map(operation -> new AuthorizationPolicy.Operation(
                                operation.ports(),
                                operation.methods(),
                                operation.paths().stream()
                                        .map(PolicyIngest::path)
                                        .toList()))
                        .toList());
    }

    private static AuthorizationPolicy.Source source(AuthorizationPolicySpec.Source source, String namespace) {
        return new AuthorizationPolicy.Source(
                source.serviceAccounts().stream()
                        .map(account ->
                                new ObjectName(requireNonNullElse(account.namespace(), namespace), account.name()))
                        .toList(),
                source.namespaces(),
                source.ipBlocks());
    }

    private static LabelSelector selector(dev.selvedge.api.v1alpha1.LabelSelector selector) {
        return new LabelSelector(
                selector.matchLabels(),
                selector.matchExpressions().stream()
                        .map(requirement -> new LabelSelector.Requirement(
                                requirement.key(),
                                switch (requirement.operator()) {
                                    case IN -> LabelSelector.Operator.IN;
                                    case NOT_IN -> LabelSelector.Operator.NOT_IN;
                                    case EXISTS -> LabelSelector.Operator.EXISTS;
                                    case DOES_NOT_EXIST -> LabelSelector.Operator.DOES_NOT_EXIST;
                                },
                                requirement.values()))
                        .toList());
    }
}
