// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProxyPodTest {
    @Test
    void aGatewayEndsWhenItsHookReturnsAndWithinItsGracePeriod() {
        var settings =
                new ProxySettings("proxy", "selvedge.selvedge-system.svc", Duration.ofMillis(4500), Map.of(), Map.of());

        var spec =
                ProxyPod.gateway(settings, "storefront", "storefront-selvedge").getSpec();

        var proxy = spec.getContainers().getFirst();
        assertThat(proxy.getLifecycle().getPreStop().getExec().getCommand())
                .containsExactly("/usr/local/bin/drain", "--at-least", "5s", "--at-most", "23s");
        assertThat(proxy.getArgs()).containsSequence("--drain-time-s", "5");
        assertThat(spec.getTerminationGracePeriodSeconds()).isEqualTo(25);
        assertThat(ProxyVolumes.ownKey(spec)).isEmpty();
        var own = ProxyPod.gateway(settings.withPodCertificate(Duration.ofHours(8)), "storefront", "any");
        assertThat(ProxyVolumes.ownKey(own.getSpec())).contains(Duration.ofHours(8));
    }
}
