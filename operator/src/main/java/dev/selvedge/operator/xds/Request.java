// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.xds;

import dev.selvedge.compiler.resource.ResourceType;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a proxy says: its answer to an earlier response, and what it wants or no longer wants.
 *
 * @param initialVersions what it has from an earlier stream; only in the first request of a type
 * @param nonce of the response that it answers; empty when it answers none
 * @param error Envoy's text when it refuses that response
 */
record Request(
        ResourceType type,
        List<String> subscribe,
        List<String> unsubscribe,
        Map<String, String> initialVersions,
        String nonce,
        @Nullable String error) {
    /** Characters of an error that are kept: they end up in the log and in the status of objects. */
    private static final int MAX_ERROR = 2048;

    static Request of(ResourceType type, DeltaDiscoveryRequest message) {
        return new Request(
                type,
                // A name that is given twice would be acquired twice and released once.
                message.getResourceNamesSubscribeList().stream().distinct().toList(),
                message.getResourceNamesUnsubscribeList(),
                message.getInitialResourceVersionsMap(),
                message.getResponseNonce(),
                message.hasErrorDetail() ? shorten(message.getErrorDetail().getMessage()) : null);
    }

    /**
     * Names by which the proxy calls for the first time: it asks for routes, and for clusters by name, when a request or
     * a connection needs them. What it had before it came here it may have called long ago.
     */
    List<String> calls() {
        return type == ResourceType.ROUTE || type == ResourceType.CLUSTER
                ? subscribe.stream()
                        .filter(name -> !initialVersions.containsKey(name))
                        .toList()
                : List.of();
    }

    private static String shorten(String error) {
        return error.length() > MAX_ERROR ? error.substring(0, MAX_ERROR) + "…" : error;
    }
}
