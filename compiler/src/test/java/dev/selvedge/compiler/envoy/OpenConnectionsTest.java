// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.envoy;

import static dev.selvedge.compiler.envoy.InboundRules.denies;
import static dev.selvedge.compiler.envoy.InboundRules.paths;
import static dev.selvedge.compiler.envoy.InboundRules.rule;
import static dev.selvedge.compiler.envoy.InboundRules.to;
import static dev.selvedge.compiler.envoy.ShopCallers.MESH;
import static dev.selvedge.compiler.envoy.ShopCallers.REVIEWS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.selvedge.compiler.model.ProxyPorts;
import dev.selvedge.compiler.model.WorkloadView;
import dev.selvedge.compiler.model.WorkloadView.PortRules;
import dev.selvedge.compiler.resource.ResourceName;
import dev.selvedge.compiler.snapshot.Mesh.AuthorizationDefault;
import dev.selvedge.compiler.snapshot.Mesh.MtlsMode;
import dev.selvedge.compiler.snapshot.StringMatch;
import dev.selvedge.compiler.translate.Translate;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A change of the rules holds for every request after it, also on a connection that was open before, and ends none. */
@Tag("envoy")
final class OpenConnectionsTest {
    private final int port = FreePorts.any();
    private AdsServer ads;
    private Application application;
    private TestProxy proxy;

    @BeforeEach
    void start(@TempDir Path folder) throws IOException {
        ads = new AdsServer();
        application = new Application("ratings");
        proxy = TestProxy.server(ads, MESH, folder)
                .application(Translate.staticCluster(ResourceName.INBOUND), application.port())
                .receive(workload(MtlsMode.PERMISSIVE, List.of()), port)
                .start();
    }

    @AfterEach
    void stop() {
        proxy.close();
        application.close();
        ads.close();
    }

    @Test
    void a_new_deny_holds_for_the_next_request() throws IOException {
        try (var open = Call.tls(port, REVIEWS, ProxyPorts.ALPN_HTTP, "TLSv1.3")) {
            assertThat(Call.get(port, "/admin").on(open).status()).isEqualTo(200);

            proxy.rules(
                    workload(MtlsMode.PERMISSIVE, denies(rule("x", to(paths(new StringMatch.Prefix("/admin")))))),
                    port);
            await().until(() -> Call.get(port, "/admin").as(REVIEWS).status() == 403);

            assertThat(Call.get(port, "/admin").on(open).status()).isEqualTo(403);
            assertThat(Call.get(port, "/other").on(open).status()).isEqualTo(200);
            assertThat(ads.rejections()).isEmpty();
        }
    }

    @Test
    void strict_holds_for_plaintext_that_was_let_in_before() throws IOException {
        try (var open = Call.connect(port)) {
            assertThat(Call.get(port, "/").on(open).status()).isEqualTo(200);

            proxy.rules(workload(MtlsMode.STRICT, List.of()), port);
            await().until(() -> Call.get(port, "/").plain().status() == 403);

            assertThat(Call.get(port, "/").on(open).status()).isEqualTo(403);
            assertThat(Call.get(port, "/").as(REVIEWS).status()).isEqualTo(200);
        }
    }

    @Test
    void routes_that_bring_no_rules_refuse_everybody() {
        var name = ResourceName.INBOUND_MTLS;
        var routes = (RouteConfiguration) Translate.inboundRoutes(name, workload(MtlsMode.STRICT, List.of()))
                .body();
        proxy.put(routes.toBuilder()
                .setName(name + "@" + port)
                .clearTypedPerFilterConfig()
                .build());

        await().until(() -> Call.get(port, "/").as(REVIEWS).status() == 403);
    }

    private static WorkloadView workload(MtlsMode mode, List<PortRules> deny) {
        return InboundRules.workload(mode, deny, List.of(), AuthorizationDefault.ALLOW);
    }
}
