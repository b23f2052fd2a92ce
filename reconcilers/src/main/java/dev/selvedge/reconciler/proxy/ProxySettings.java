// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.proxy;

import dev.selvedge.api.v1alpha1.GatewayDuration;
import dev.selvedge.api.v1alpha1.MeshProxy;
import io.fabric8.kubernetes.api.model.Quantity;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What all proxies of a mesh have in common.
 *
 * @param image of the proxy and of the program that applies the interception rules
 * @param controlPlane host name of the operator: what proxies connect to, and what its certificate must name
 * @param drain how long a terminating pod goes on serving while its clients learn that it leaves
 * @param requests as in a container's resources
 * @param limits as in a container's resources
 * @param podCertificate how long certificates live whose keys the kubelet makes; null when the operator makes the keys
 */
public record ProxySettings(
        String image,
        String controlPlane,
        Duration drain,
        Map<String, Quantity> requests,
        Map<String, Quantity> limits,
        @Nullable Duration podCertificate) {
    /** Two, since one busy worker would hold up every other connection of the pod; memory does not suffer. */
    private static final int WORKERS = 2;

    public ProxySettings {
        requests = sorted(requests);
        limits = sorted(limits);
    }

    public ProxySettings(
            String image,
            String controlPlane,
            Duration drain,
            Map<String, Quantity> requests,
            Map<String, Quantity> limits) {
        this(image, controlPlane, drain, requests, limits, null);
    }

    /** The same, for proxies whose keys the kubelet makes. */
    public ProxySettings withPodCertificate(Duration lifetime) {
        return new ProxySettings(image, controlPlane, drain, requests, limits, lifetime);
    }

    public static ProxySettings of(MeshProxy proxy, String image, String controlPlane) {
        return new ProxySettings(
                image,
                controlPlane,
                GatewayDuration.parse(proxy.drain()),
                proxy.resources().requests(),
                proxy.resources().limits());
    }

    /** Equal settings must give equal texts. */
    private static Map<String, Quantity> sorted(Map<String, Quantity> quantities) {
        return Collections.unmodifiableMap(new TreeMap<>(quantities));
    }

    /** The drain in whole seconds, rounded up. */
    public long drainSeconds() {
        return drain.plusMillis(999).toSeconds();
    }

    /** Envoy's worker threads: as many as it may have processors, if that is limited. */
    int workers() {
        return Optional.ofNullable(limits.get("cpu"))
                .map(limit -> limit.getNumericalAmount()
                        .setScale(0, RoundingMode.CEILING)
                        .intValue())
                .map(processors -> Math.max(1, processors))
                .orElse(WORKERS);
    }

    /** The memory limit in bytes. */
    Optional<Long> memoryLimit() {
        return Optional.ofNullable(limits.get("memory"))
                .map(Quantity::getNumericalAmount)
                .map(BigDecimal::longValue)
                .filter(bytes -> bytes > 0);
    }
}
