// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy.headers;

import dev.selvedge.compiler.model.ServiceView;
import dev.selvedge.compiler.policy.HeaderNames;
import dev.selvedge.compiler.snapshot.RouteActions.Header;
import dev.selvedge.compiler.snapshot.RouteActions.HeaderChanges;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption.HeaderAppendAction;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster.ClusterWeight;
import java.util.List;
import java.util.stream.Stream;

/** Changes of headers, at the client's proxy. What Envoy would not let be changed is left out; validation says so. */
public final class RouteHeaders {
    private RouteHeaders() {}

    /** Those of the whole route. */
    public static void apply(ServiceView.Route from, Route.Builder route) {
        var request = from.actions().requestHeaders();
        var response = from.actions().responseHeaders();
        route.addAllRequestHeadersToAdd(additions(request))
                .addAllRequestHeadersToRemove(removals(request))
                .addAllResponseHeadersToAdd(additions(response))
                .addAllResponseHeadersToRemove(removals(response));
    }

    /** Those of one share of it. */
    public static void apply(ServiceView.Headers headers, ClusterWeight.Builder share) {
        share.addAllRequestHeadersToAdd(additions(headers.request()))
                .addAllRequestHeadersToRemove(removals(headers.request()))
                .addAllResponseHeadersToAdd(additions(headers.response()))
                .addAllResponseHeadersToRemove(removals(headers.response()));
    }

    private static List<HeaderValueOption> additions(HeaderChanges changes) {
        return Stream.concat(
                        changes.set().stream()
                                .filter(HeaderNames::canBeSet)
                                .map(header -> option(header, HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD)),
                        changes.add().stream()
                                .filter(HeaderNames::canBeSet)
                                .map(header -> option(header, HeaderAppendAction.APPEND_IF_EXISTS_OR_ADD)))
                .toList();
    }

    private static List<String> removals(HeaderChanges changes) {
        return changes.remove().stream().filter(HeaderNames::canBeChanged).toList();
    }

    /** Envoy reads a percent sign as the begin of a command. */
    private static HeaderValueOption option(Header header, HeaderAppendAction action) {
        return HeaderValueOption.newBuilder()
                .setHeader(HeaderValue.newBuilder()
                        .setKey(header.name())
                        .setValue(header.value().replace("%", "%%")))
                .setAppendAction(action)
                .setKeepEmptyValue(header.value().isEmpty())
                .build();
    }
}
