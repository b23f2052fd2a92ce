// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy;

import dev.selvedge.compiler.snapshot.RouteActions.Header;
import dev.selvedge.compiler.snapshot.RouteActions.HeaderChanges;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption.HeaderAppendAction;
import java.util.List;
import java.util.stream.Stream;

/** Changes of headers as Envoy has them. What it would not let be changed is left out; validation says so. */
public final class HeaderOptions {
    private HeaderOptions() {}

    public static List<HeaderValueOption> additions(HeaderChanges changes) {
        return Stream.concat(
                        changes.set().stream()
                                .filter(HeaderNames::canBeSet)
                                .map(header -> option(header, HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD)),
                        changes.add().stream()
                                .filter(HeaderNames::canBeSet)
                                .map(header -> option(header, HeaderAppendAction.APPEND_IF_EXISTS_OR_ADD)))
                .toList();
    }

    public static List<String> removals(HeaderChanges changes) {
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
