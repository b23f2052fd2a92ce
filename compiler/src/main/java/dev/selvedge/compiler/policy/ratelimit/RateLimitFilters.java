// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy.ratelimit;

import static java.util.function.Predicate.not;

import com.google.protobuf.Any;
import com.google.protobuf.BoolValue;
import com.google.protobuf.UInt32Value;
import dev.selvedge.compiler.model.PortTraffic.Limit;
import dev.selvedge.compiler.model.ProxyPorts;
import dev.selvedge.compiler.policy.HttpFilters;
import dev.selvedge.compiler.resource.Pack;
import dev.selvedge.compiler.resource.ProtoDuration;
import dev.selvedge.compiler.snapshot.RateLimit;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.config.core.v3.RuntimeFractionalPercent;
import io.envoyproxy.envoy.config.route.v3.RateLimit.Action;
import io.envoyproxy.envoy.extensions.common.ratelimit.v3.LocalRateLimitDescriptor;
import io.envoyproxy.envoy.extensions.common.ratelimit.v3.RateLimitDescriptor.Entry;
import io.envoyproxy.envoy.extensions.common.ratelimit.v3.XRateLimitHeadersRFCVersion;
import io.envoyproxy.envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import io.envoyproxy.envoy.type.v3.FractionalPercent;
import io.envoyproxy.envoy.type.v3.TokenBucket;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The filters that enforce the rate limits of a pod. They are off until a virtual host, which stands for one port, turns
 * them on; one limit takes one filter, so that each has its own mode and says who refused a request. All routes of the
 * virtual host share its buckets.
 */
public final class RateLimitFilters {
    /** Values of a key that are counted at once; of more, the one that was seen last the longest ago is forgotten. */
    private static final int MAX_VALUES = 10_000;

    /** Limits come and go without a change of the filters until a port has more than this, or a multiple of it. */
    public static final int STEP = 4;

    private RateLimitFilters() {}

    /** @param needed the limits of the port that has most */
    public static List<HttpFilter> http(int needed) {
        var count = Math.max(1, Math.ceilDiv(needed, STEP)) * STEP;
        var unused =
                Pack.any(LocalRateLimit.newBuilder().setStatPrefix("unused").build());
        return IntStream.range(0, count)
                .mapToObj(i -> HttpFilters.off(name(i), unused))
                .toList();
    }

    /**
     * What the filters do for one port, by their names. The narrowest limit is asked first: whoever is refused by his own
     * takes nothing from what is there for all.
     */
    public static Map<String, Any> rules(List<Limit> limits) {
        var narrowestFirst = limits.stream()
                .filter(not(GlobalRateLimits::isGlobal))
                .sorted(Comparator.comparing(limit -> -keys(limit.limit()).count()))
                .toList();
        var announced = announced(narrowestFirst);
        var rules = new TreeMap<String, Any>();
        for (int i = 0; i < narrowestFirst.size(); i++) {
            var limit = narrowestFirst.get(i);
            rules.put(
                    name(i),
                    Pack.any(filter(limit, announced.filter(limit::equals).isPresent())));
        }
        return rules;
    }

    private static String name(int number) {
        return "selvedge.rate_limit." + number;
    }

    /** The headers can speak of one limit: the slowest, which is the one that a caller should keep to. */
    private static Optional<Limit> announced(List<Limit> limits) {
        return limits.stream()
                .filter(limit -> limit.limit().mode() == RateLimit.Mode.ENFORCE)
                .min(Comparator.comparingDouble(RateLimitFilters::perNano));
    }

    private static double perNano(Limit limit) {
        return (double) limit.limit().requests() / limit.limit().per().toNanos();
    }

    private static LocalRateLimit filter(Limit limit, boolean announced) {
        var spec = limit.limit();
        var bucket = bucket(spec);
        var filter = LocalRateLimit.newBuilder()
                // Envoy takes what is before the first dot for the limit's name.
                .setStatPrefix(limit.name().replace('.', '_'))
                // Of all requests, and of those that lack a part of the key.
                .setTokenBucket(bucket)
                .setAlwaysConsumeDefaultTokenBucket(BoolValue.of(false))
                .setFilterEnabled(percent(100))
                .setFilterEnforced(percent(
                        switch (spec.mode()) {
                            case ENFORCE -> 100;
                            case AUDIT -> 0;
                        }))
                .setRateLimitedAsResourceExhausted(true)
                .addResponseHeadersToAdd(HeaderValueOption.newBuilder()
                        .setHeader(HeaderValue.newBuilder()
                                .setKey(ProxyPorts.RATE_LIMIT_HEADER)
                                .setValue(limit.name())));
        if (announced) {
            filter.setEnableXRatelimitHeaders(XRateLimitHeadersRFCVersion.DRAFT_VERSION_03);
        }
        var keys = keys(spec).toList();
        if (!keys.isEmpty()) {
            var actions = io.envoyproxy.envoy.config.route.v3.RateLimit.newBuilder();
            var descriptor = LocalRateLimitDescriptor.newBuilder().setTokenBucket(bucket);
            for (var header : keys) {
                actions.addActions(Action.newBuilder()
                        .setRequestHeaders(Action.RequestHeaders.newBuilder()
                                .setDescriptorKey(header)
                                .setHeaderName(header)));
                // Without a value it stands for each value that comes.
                descriptor.addEntries(Entry.newBuilder().setKey(header));
            }
            filter.addRateLimits(actions)
                    .addDescriptors(descriptor)
                    .setMaxDynamicDescriptors(UInt32Value.of(MAX_VALUES));
        }
        return filter.build();
    }

    /** The headers whose values tell requests apart; what a proxy knows of a request is in headers of our own. */
    static Stream<String> keys(RateLimit limit) {
        var connection =
                switch (limit.scope()) {
                    case LOCAL, GLOBAL -> Stream.<String>of();
                    case CONNECTION -> Stream.of(ProxyPorts.CONNECTION_HEADER);
                };
        return Stream.concat(connection, limit.key().stream().map(key -> switch (key) {
            case RateLimit.Key.Caller() -> ProxyPorts.CALLER_HEADER;
            case RateLimit.Key.Header(var name) -> name;
            case RateLimit.Key.RemoteAddress() -> ProxyPorts.PEER_HEADER;
        }));
    }

    private static TokenBucket bucket(RateLimit limit) {
        return TokenBucket.newBuilder()
                .setMaxTokens(limit.burst().orElse(limit.requests()))
                .setTokensPerFill(UInt32Value.of(limit.requests()))
                .setFillInterval(ProtoDuration.of(limit.per()))
                .build();
    }

    private static RuntimeFractionalPercent percent(int percent) {
        return RuntimeFractionalPercent.newBuilder()
                .setDefaultValue(FractionalPercent.newBuilder().setNumerator(percent))
                .build();
    }
}
