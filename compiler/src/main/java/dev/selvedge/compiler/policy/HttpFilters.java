// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy;

import com.google.protobuf.Any;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;

/** Filters of Envoy's HTTP filter chain. */
public final class HttpFilters {
    private HttpFilters() {}

    /** A filter that takes part in every request. */
    public static HttpFilter on(String name, Any config) {
        return HttpFilter.newBuilder().setName(name).setTypedConfig(config).build();
    }

    /** A filter that does nothing until a route or a virtual host turns it on with a configuration of its own. */
    public static HttpFilter off(String name, Any config) {
        return on(name, config).toBuilder().setDisabled(true).build();
    }
}
