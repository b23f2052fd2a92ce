// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.translate;

import com.google.protobuf.Duration;
import dev.selvedge.compiler.resource.ProtoDuration;
import io.envoyproxy.envoy.config.core.v3.AggregatedConfigSource;
import io.envoyproxy.envoy.config.core.v3.ApiVersion;
import io.envoyproxy.envoy.config.core.v3.ConfigSource;

/** Where a proxy gets what a resource refers to: always the one stream to the operator. */
final class ConfigSources {
    /** How long a request waits for routes, endpoints or a cluster never used before. */
    static final Duration ON_DEMAND = ProtoDuration.ofSeconds(5);

    private ConfigSources() {}

    static ConfigSource ads() {
        return ads(ON_DEMAND);
    }

    /** Never gives up waiting: for what a proxy must not be without. */
    static ConfigSource adsWithoutLimit() {
        return ads(ProtoDuration.ZERO);
    }

    private static ConfigSource ads(Duration initialFetchTimeout) {
        return ConfigSource.newBuilder()
                .setAds(AggregatedConfigSource.getDefaultInstance())
                .setResourceApiVersion(ApiVersion.V3)
                .setInitialFetchTimeout(initialFetchTimeout)
                .build();
    }
}
