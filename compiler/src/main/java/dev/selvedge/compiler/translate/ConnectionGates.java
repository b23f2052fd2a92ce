// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.translate;

import dev.selvedge.compiler.policy.authorization.ConnectionRules;
import dev.selvedge.compiler.resource.Pack;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.SubstitutionFormatString;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.extensions.filters.common.set_filter_state.v3.FilterStateValue;
import io.envoyproxy.envoy.extensions.filters.network.set_filter_state.v3.Config;
import java.util.ArrayList;
import java.util.List;

/**
 * Decides where a connection goes before anything is connected. The application is an original destination, whose
 * address a filter may override: it starts as one where nobody can listen, and becomes the real one for a caller who
 * may connect. So a caller who is refused costs the application no connection and reads no byte of it, and when
 * anything is amiss, everybody is refused.
 */
final class ConnectionGates {
    /** What was decided, for the access log. */
    static final String DECISION = "selvedge.authorization";

    private static final String ADDRESS = "envoy.network.transport_socket.original_dst_address";

    /** No socket can be bound to port 0. */
    private static final String NOWHERE = "127.0.0.1:0";

    private ConnectionGates() {}

    /** Decides when the caller has proved who it is; the proxy of the connection has to wait for that. */
    static Filter afterTlsHandshake(List<String> steps) {
        return filter(Config.newBuilder()
                .addOnNewConnection(refused())
                .setUnknownFields(NewerFields.onDownstreamTlsHandshake(decision(steps))));
    }

    /** Decides at once, for callers that do not say who they are. */
    static Filter atOnce(List<String> steps) {
        return filter(Config.newBuilder().addOnNewConnection(refused()).addAllOnNewConnection(decision(steps)));
    }

    private static List<FilterStateValue> decision(List<String> steps) {
        var values = new ArrayList<FilterStateValue>();
        for (var step : steps) {
            values.add(value(DECISION, cel(step))
                    .setFactoryKey("envoy.string")
                    .setSkipIfEmpty(true)
                    .build());
        }
        values.add(value(
                        ADDRESS,
                        cel("filter_state['" + DECISION + "'] == b'" + ConnectionRules.ALLOWED
                                + "' ? destination.address : '" + NOWHERE + "'"))
                .build());
        return values;
    }

    private static FilterStateValue refused() {
        return value(ADDRESS, NOWHERE).build();
    }

    private static String cel(String expression) {
        return "%CEL(" + expression + ")%";
    }

    private static FilterStateValue.Builder value(String key, String format) {
        return FilterStateValue.newBuilder()
                .setObjectKey(key)
                .setFormatString(SubstitutionFormatString.newBuilder()
                        .setTextFormatSource(DataSource.newBuilder().setInlineString(format)));
    }

    private static Filter filter(Config.Builder config) {
        return Filter.newBuilder()
                .setName("envoy.filters.network.set_filter_state")
                .setTypedConfig(Pack.any(config.build()))
                .build();
    }
}
