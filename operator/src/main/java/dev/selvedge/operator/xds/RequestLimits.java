// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.xds;

import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import java.util.Collection;
import java.util.Optional;

/** What one proxy may make this replica remember. Its pod has proved who it is, and may be hostile all the same. */
final class RequestLimits {
    /**
     * Names of a stream beside those that the mesh lists for everybody. A proxy that calls ten thousand services asks for
     * thirty thousand.
     */
    static final int MAX_NAMES = 100_000;

    /** Characters. The longest name of ours has about two hundred. */
    static final int MAX_NAME = 1024;

    /** Characters of a version. Ours have at most fifty. */
    static final int MAX_VERSION = 128;

    /** Which limit a request breaks; {@code reason} is the value of the counter's label. */
    record Excess(String reason, String message) {}

    private RequestLimits() {}

    /**
     * Checks a request before anything is done with it.
     *
     * @param held names that the stream holds already
     */
    static Optional<Excess> check(DeltaDiscoveryRequest request, int held) {
        int brought = request.getResourceNamesSubscribeCount() + request.getInitialResourceVersionsCount();
        if (brought > MAX_NAMES - held && brought > 0) {
            return Optional.of(new Excess(
                    "too-many-names", "a stream may hold %d names, and this would be more".formatted(MAX_NAMES)));
        }
        var versions = request.getInitialResourceVersionsMap();
        if (anyLongerThan(MAX_NAME, request.getResourceNamesSubscribeList())
                || anyLongerThan(MAX_NAME, request.getResourceNamesUnsubscribeList())
                || anyLongerThan(MAX_NAME, versions.keySet())
                || anyLongerThan(MAX_VERSION, versions.values())) {
            return Optional.of(new Excess(
                    "long-name",
                    "a name has more than %d characters, or a version more than %d".formatted(MAX_NAME, MAX_VERSION)));
        }
        return Optional.empty();
    }

    private static boolean anyLongerThan(int limit, Collection<String> texts) {
        return texts.stream().anyMatch(text -> text.length() > limit);
    }
}
