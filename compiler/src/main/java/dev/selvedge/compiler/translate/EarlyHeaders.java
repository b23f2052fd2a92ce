// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.translate;

import dev.selvedge.compiler.model.ProxyPorts;
import dev.selvedge.compiler.resource.Pack;
import io.envoyproxy.envoy.config.common.mutation_rules.v3.HeaderMutation;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption.HeaderAppendAction;
import io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Headers that are changed before anything else looks at a request. */
final class EarlyHeaders {
    /** With these a caller would steer Envoy's router past the policies: longer timeouts, more retries. */
    private static final List<String> STEERING = List.of(
            "x-envoy-attempt-count",
            "x-envoy-decorator-operation",
            "x-envoy-expected-rq-timeout-ms",
            "x-envoy-force-trace",
            "x-envoy-hedge-on-per-try-timeout",
            "x-envoy-ip-tags",
            "x-envoy-is-timeout-retry",
            "x-envoy-max-retries",
            "x-envoy-original-host",
            "x-envoy-original-path",
            "x-envoy-retriable-header-names",
            "x-envoy-retriable-status-codes",
            "x-envoy-retry-grpc-on",
            "x-envoy-retry-on",
            "x-envoy-upstream-alt-stat-name",
            "x-envoy-upstream-rq-per-try-timeout-ms",
            "x-envoy-upstream-rq-timeout-alt-response",
            "x-envoy-upstream-rq-timeout-ms",
            "x-envoy-upstream-stream-duration-ms");

    /** What a pod's proxy knows of a request, for the routes and the rate limits; see {@link ProxyPorts}. */
    private static final Map<String, String> CALL = new TreeMap<>(Map.of(
            ProxyPorts.PORT_HEADER, "%DOWNSTREAM_LOCAL_PORT%",
            ProxyPorts.CALLER_HEADER, "%DOWNSTREAM_PEER_URI_SAN%",
            ProxyPorts.PEER_HEADER, "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%",
            ProxyPorts.CONNECTION_HEADER, "%CONNECTION_ID%"));

    /** The headers that {@link #ofCallers} sets, of which the application must not hear. */
    static final Set<String> OF_CALLERS = CALL.keySet();

    private EarlyHeaders() {}

    /** Also says where a request comes from and goes to, whatever the client wrote there: what is unknown is absent. */
    static TypedExtensionConfig ofCallers() {
        var mutation = removals().addMutations(HeaderMutation.newBuilder().setRemove(ProxyPorts.DESTINATION_HEADER));
        CALL.forEach((name, format) -> mutation.addMutations(
                        HeaderMutation.newBuilder().setRemove(name))
                .addMutations(set(name, format)));
        return extension(mutation);
    }

    /** Takes away what only proxies of ours may say to each other. */
    static TypedExtensionConfig remove() {
        return extension(removals().addMutations(HeaderMutation.newBuilder().setRemove(ProxyPorts.DESTINATION_HEADER)));
    }

    /** Also sets a header, whatever the client wrote there. */
    static TypedExtensionConfig removeAndSet(String name, String format) {
        return extension(removals().addMutations(set(name, format)));
    }

    static HeaderMutation set(String name, String format) {
        return HeaderMutation.newBuilder()
                .setAppend(HeaderValueOption.newBuilder()
                        .setHeader(HeaderValue.newBuilder().setKey(name).setValue(format))
                        .setAppendAction(HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD))
                .build();
    }

    private static io.envoyproxy.envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation.Builder
            removals() {
        var mutation =
                io.envoyproxy.envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation
                        .newBuilder();
        STEERING.forEach(
                header -> mutation.addMutations(HeaderMutation.newBuilder().setRemove(header)));
        return mutation;
    }

    private static TypedExtensionConfig extension(
            io.envoyproxy.envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation.Builder
                    mutation) {
        return TypedExtensionConfig.newBuilder()
                .setName("envoy.http.early_header_mutation.header_mutation")
                .setTypedConfig(Pack.any(mutation.build()))
                .build();
    }
}
