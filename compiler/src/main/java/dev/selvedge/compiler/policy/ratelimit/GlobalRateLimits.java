// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy.ratelimit;

import com.google.protobuf.Any;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.selvedge.compiler.model.PortTraffic.Limit;
import dev.selvedge.compiler.model.ProxyPorts;
import dev.selvedge.compiler.policy.HttpFilters;
import dev.selvedge.compiler.resource.Pack;
import dev.selvedge.compiler.resource.ProtoDuration;
import dev.selvedge.compiler.resource.ResourceName;
import dev.selvedge.compiler.snapshot.RateLimit;
import dev.selvedge.compiler.snapshot.RateLimit.Mode;
import dev.selvedge.compiler.snapshot.RateLimitService;
import io.envoyproxy.envoy.config.core.v3.ApiVersion;
import io.envoyproxy.envoy.config.core.v3.GrpcService;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.config.core.v3.RuntimeFractionalPercent;
import io.envoyproxy.envoy.config.ratelimit.v3.RateLimitServiceConfig;
import io.envoyproxy.envoy.config.route.v3.RateLimit.Action;
import io.envoyproxy.envoy.config.route.v3.RateLimit.Override;
import io.envoyproxy.envoy.extensions.filters.http.header_to_metadata.v3.Config;
import io.envoyproxy.envoy.extensions.filters.http.header_to_metadata.v3.Config.KeyValuePair;
import io.envoyproxy.envoy.extensions.filters.http.header_to_metadata.v3.Config.Rule;
import io.envoyproxy.envoy.extensions.filters.http.header_to_metadata.v3.Config.ValueEncode;
import io.envoyproxy.envoy.extensions.filters.http.header_to_metadata.v3.Config.ValueType;
import io.envoyproxy.envoy.extensions.filters.http.ratelimit.v3.RateLimit.XRateLimitHeadersRFCVersion;
import io.envoyproxy.envoy.extensions.filters.http.ratelimit.v3.RateLimitPerRoute;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import io.envoyproxy.envoy.type.metadata.v3.MetadataKey;
import io.envoyproxy.envoy.type.v3.FractionalPercent;
import io.envoyproxy.envoy.type.v3.HttpStatus;
import io.envoyproxy.envoy.type.v3.StatusCode;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The filters that ask a rate limit service. Each request carries its limits there, so that the service needs no
 * configuration of its own and counts by what the proxy has acknowledged. One filter enforces, one only asks; both are off
 * until a virtual host, which stands for one port, turns them on.
 */
public final class GlobalRateLimits {
    private static final String VALUES = "selvedge.global_rate_limit";
    private static final String ENFORCE = VALUES + ".enforce";
    private static final String AUDIT = VALUES + ".audit";

    /** Where the names of a port's limits are, for the answer to a request that is refused. */
    private static final String NAMES = "names";

    /** Envoy's own default of 20 ms is short for the first connection. */
    private static final Duration PATIENCE = Duration.ofMillis(250);

    /** The units that the protocol knows, by their names. */
    private static final Map<Duration, String> UNITS = Map.of(
            Duration.ofSeconds(1), "SECOND",
            Duration.ofMinutes(1), "MINUTE",
            Duration.ofHours(1), "HOUR",
            Duration.ofDays(1), "DAY");

    private GlobalRateLimits() {}

    /** Whether the service can count over this time. */
    static boolean isUnit(Duration per) {
        return UNITS.containsKey(per);
    }

    public static boolean isGlobal(Limit limit) {
        return limit.limit().scope() == RateLimit.Scope.GLOBAL;
    }

    public static List<HttpFilter> http(RateLimitService service) {
        var enforce = asking(service, "enforce")
                .setFailureModeDeny(service.failure() == RateLimitService.Failure.DENY)
                .setStatusOnError(HttpStatus.newBuilder().setCode(StatusCode.ServiceUnavailable))
                .setRateLimitedAsResourceExhausted(true)
                .setEnableXRatelimitHeaders(XRateLimitHeadersRFCVersion.DRAFT_VERSION_03)
                .addResponseHeadersToAdd(HeaderValueOption.newBuilder()
                        .setHeader(HeaderValue.newBuilder()
                                .setKey(ProxyPorts.RATE_LIMIT_HEADER)
                                .setValue("%DYNAMIC_METADATA(" + VALUES + ":" + NAMES + ")%")));
        var audit = asking(service, "audit")
                .setFilterEnforced(RuntimeFractionalPercent.newBuilder()
                        .setDefaultValue(FractionalPercent.newBuilder().setNumerator(0)));
        return List.of(
                HttpFilters.off(VALUES, Pack.any(Config.getDefaultInstance())),
                HttpFilters.off(AUDIT, Pack.any(audit.build())),
                HttpFilters.off(ENFORCE, Pack.any(enforce.build())));
    }

    private static io.envoyproxy.envoy.extensions.filters.http.ratelimit.v3.RateLimit.Builder asking(
            RateLimitService service, String stat) {
        return io.envoyproxy.envoy.extensions.filters.http.ratelimit.v3.RateLimit.newBuilder()
                .setDomain(service.domain())
                .setStatPrefix("global_" + stat)
                .setTimeout(ProtoDuration.of(PATIENCE))
                .setDisableXEnvoyRatelimitedHeader(true)
                .setRateLimitService(RateLimitServiceConfig.newBuilder()
                        .setTransportApiVersion(ApiVersion.V3)
                        .setGrpcService(GrpcService.newBuilder()
                                .setEnvoyGrpc(GrpcService.EnvoyGrpc.newBuilder()
                                        .setClusterName(ResourceName.grpcCluster(service.service(), service.port()))
                                        .setAuthority(service.service().name() + "."
                                                + service.service().namespace()))));
    }

    /**
     * What the filters do for one port, by their names; nothing when it has no such limits. Ports with the same limit count
     * together, as pods do.
     */
    public static Map<String, Any> rules(List<Limit> limits) {
        var global = limits.stream().filter(GlobalRateLimits::isGlobal).toList();
        var rules = new TreeMap<String, Any>();
        if (!global.isEmpty()) {
            rules.put(VALUES, Pack.any(values(global)));
            descriptors(rules, ENFORCE, global, Mode.ENFORCE);
            descriptors(rules, AUDIT, global, Mode.AUDIT);
        }
        return rules;
    }

    /** Writes down what the limits are, for every request: the header is always there. */
    private static Config values(List<Limit> limits) {
        var names = limits.stream()
                .filter(limit -> limit.limit().mode() == Mode.ENFORCE)
                .map(Limit::name)
                .collect(Collectors.joining(" or "));
        var values = Config.newBuilder();
        for (var limit : limits) {
            values.addRequestRules(rule(value(limit.name(), Base64.getEncoder().encodeToString(override(limit.limit())))
                    .setType(ValueType.PROTOBUF_VALUE)
                    .setEncode(ValueEncode.BASE64)));
        }
        return values.addRequestRules(rule(value(NAMES, names.isEmpty() ? "none" : names)))
                .build();
    }

    private static KeyValuePair.Builder value(String key, String value) {
        return KeyValuePair.newBuilder()
                .setMetadataNamespace(VALUES)
                .setKey(key)
                .setValue(value);
    }

    private static Rule rule(KeyValuePair.Builder value) {
        return Rule.newBuilder()
                .setHeader(ProxyPorts.PORT_HEADER)
                .setOnHeaderPresent(value)
                .build();
    }

    private static byte[] override(RateLimit limit) {
        var unit = UNITS.getOrDefault(limit.per(), "DAY");
        return Value.newBuilder()
                .setStructValue(Struct.newBuilder()
                        .putFields(
                                "requests_per_unit",
                                Value.newBuilder()
                                        .setNumberValue(limit.requests())
                                        .build())
                        .putFields(
                                "unit", Value.newBuilder().setStringValue(unit).build()))
                .build()
                .toByteArray();
    }

    private static void descriptors(Map<String, Any> rules, String filter, List<Limit> limits, Mode mode) {
        var descriptors = RateLimitPerRoute.newBuilder();
        limits.stream()
                .filter(limit -> limit.limit().mode() == mode)
                .forEach(limit -> descriptors.addRateLimits(descriptor(limit)));
        if (descriptors.getRateLimitsCount() > 0) {
            rules.put(filter, Pack.any(descriptors.build()));
        }
    }

    private static io.envoyproxy.envoy.config.route.v3.RateLimit descriptor(Limit limit) {
        var descriptor = io.envoyproxy.envoy.config.route.v3.RateLimit.newBuilder()
                .setLimit(Override.newBuilder()
                        .setDynamicMetadata(Override.DynamicMetadata.newBuilder()
                                .setMetadataKey(MetadataKey.newBuilder()
                                        .setKey(VALUES)
                                        .addPath(MetadataKey.PathSegment.newBuilder()
                                                .setKey(limit.name())))))
                .addActions(Action.newBuilder()
                        .setGenericKey(Action.GenericKey.newBuilder()
                                .setDescriptorKey("limit")
                                .setDescriptorValue(limit.name())));
        RateLimitFilters.keys(limit.limit())
                .forEach(header -> descriptor.addActions(Action.newBuilder()
                        .setRequestHeaders(Action.RequestHeaders.newBuilder()
                                .setDescriptorKey(header)
                                .setHeaderName(header)
                                // Requests that lack it are counted together.
                                .setSkipIfAbsent(true))));
        return descriptor.build();
    }
}
