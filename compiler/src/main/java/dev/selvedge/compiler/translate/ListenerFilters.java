// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.translate;

import com.google.protobuf.Message;
import dev.selvedge.compiler.resource.Pack;
import dev.selvedge.compiler.resource.ProtoDuration;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.listener.v3.ListenerFilter;
import io.envoyproxy.envoy.extensions.filters.listener.http_inspector.v3.HttpInspector;
import io.envoyproxy.envoy.extensions.filters.listener.original_dst.v3.OriginalDst;
import io.envoyproxy.envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector;

/** What is learned of a connection before a filter chain is chosen for it. */
final class ListenerFilters {
    /** How long to wait for the first bytes of a client, which may itself be waiting for the server to speak. */
    private static final int DETECTION_SECONDS = 1;

    private ListenerFilters() {}

    /** Where the connection went before it was redirected. */
    static ListenerFilter originalDestination() {
        return filter("envoy.filters.listener.original_dst", OriginalDst.getDefaultInstance());
    }

    static ListenerFilter tlsInspector() {
        return filter("envoy.filters.listener.tls_inspector", TlsInspector.getDefaultInstance());
    }

    static ListenerFilter httpInspector() {
        return filter("envoy.filters.listener.http_inspector", HttpInspector.getDefaultInstance());
    }

    /** A client that stays silent is taken for TCP whose server speaks first. */
    static void detect(Listener.Builder listener) {
        listener.setListenerFiltersTimeout(ProtoDuration.ofSeconds(DETECTION_SECONDS))
                .setContinueOnListenerFiltersTimeout(true);
    }

    private static ListenerFilter filter(String name, Message config) {
        return ListenerFilter.newBuilder()
                .setName(name)
                .setTypedConfig(Pack.any(config))
                .build();
    }
}
