// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Quantity;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real Envoy reads what we write, without an error and without a warning. */
@Tag("envoy")
class BootstrapTest {
    static final ProxySettings SETTINGS = new ProxySettings(
            "selvedge.dev/proxy:dev", "selvedge.selvedge-system.svc", Duration.ofSeconds(5), Map.of(), Map.of());

    private static final DirectAccess EVERYTHING = new DirectAccess(
            List.of(
                    new DirectAccess.HttpProbe(
                            "/selvedge/probe/app/liveness", "/live?why=\"$(POD_NAME)\"", 8080, false, 3),
                    new DirectAccess.HttpProbe("/selvedge/probe/app/readiness", "/ready", 8080, false, 1),
                    new DirectAccess.HttpProbe("/selvedge/probe/app/startup", "/", 8443, true, 0)),
            List.of(new DirectAccess.TcpProbe("/selvedge/probe/db/liveness", 5432, 1)),
            List.of(new DirectAccess.GrpcProbe(15100, 9090, 2), new DirectAccess.GrpcProbe(15101, 9091, 2)),
            Optional.of(new DirectAccess.Metrics("/metrics", 9102, true)));

    private final Path folder;

    BootstrapTest(@TempDir Path folder) {
        this.folder = folder;
    }

    @Test
    void envoyAcceptsABareSidecar() throws Exception {
        try (var envoy = new HostEnvoy(folder)) {
            assertThat(envoy.validate(Bootstrap.sidecar(SETTINGS, DirectAccess.NONE)))
                    .isEmpty();
        }
    }

    @Test
    void envoyAcceptsEveryKindOfProbeAndMetrics() throws Exception {
        try (var envoy = new HostEnvoy(folder)) {
            assertThat(envoy.validate(Bootstrap.sidecar(SETTINGS, EVERYTHING))).isEmpty();
        }
    }

    @Test
    void envoyAcceptsAGatewayWithAMemoryLimit() throws Exception {
        var limited = new ProxySettings(
                SETTINGS.image(),
                SETTINGS.controlPlane(),
                SETTINGS.drain(),
                Map.of(),
                Map.of("memory", new Quantity("256Mi")));
        try (var envoy = new HostEnvoy(folder)) {
            assertThat(envoy.validate(Bootstrap.gateway(limited))).isEmpty();
        }
    }

    @Test
    void textOfTheUserReachesEnvoyAsItIs() {
        var bootstrap = Bootstrap.sidecar(SETTINGS, EVERYTHING);

        assertThat(bootstrap).contains("/live?why=\\\"$$(POD_NAME)\\\"");
    }
}
