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

    private EarlyHeaders() {}

    /** Takes away what only proxies of ours may say to each other. */
    static TypedExtensionConfig remove() {
        return extension(removals().addMutations(HeaderMutation.newBuilder().setRemove(ProxyPorts.DESTINATION_HEADER)));
    }

    /** Also sets a header, whatever the client wrote there. */
    static TypedExtensionConfig removeAndSet(String name, String format) {
        return extension(removals()
                .addMutations(HeaderMutation.newBuilder()
                        .setAppend(HeaderValueOption.newBuilder()
                                .setHeader(HeaderValue.newBuilder().setKey(name).setValue(format))
                                .setAppendAction(HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD))));
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
