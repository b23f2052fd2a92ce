// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.envoy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.model.ProxyPorts;
import dev.selvedge.compiler.model.WorkloadView.PortRules;
import dev.selvedge.compiler.resource.ResourceName;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy.Operation;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy.Rule;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy.Source;
import dev.selvedge.compiler.snapshot.Mesh.AuthorizationDefault;
import dev.selvedge.compiler.snapshot.Mesh.MtlsMode;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.StringMatch;
import dev.selvedge.compiler.translate.Translate;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Text of a policy that looks like a regular expression means itself to a real Envoy. */
@Tag("envoy")
final class LiteralPathsTest {
    private static final Certificates MESH = new Certificates("cluster.local");
    private static final Certificates.Identity DOTTED = MESH.issue("spiffe://cluster.local/ns/shop/sa/a.b");
    private static final Certificates.Identity LOOKALIKE = MESH.issue("spiffe://cluster.local/ns/shop/sa/axb");
    private static final Certificates.Identity LONGER = MESH.issue("spiffe://cluster.local/ns/shop/sa/a.bb");
    private static final int EXACT = FreePorts.any();
    private static final int PREFIX = FreePorts.any();
    private static final int ACCOUNT = FreePorts.any();

    private static AdsServer ads;
    private static Application application;
    private static TestProxy proxy;

    @BeforeAll
    static void start(@TempDir Path folder) throws IOException {
        ads = new AdsServer();
        application = new Application("ratings");
        proxy = TestProxy.server(ads, MESH, folder)
                .application(Translate.staticCluster(ResourceName.INBOUND), application.port());
        allow(EXACT, List.of(), new StringMatch.Exact("/v1.0/(a+)*$"), new StringMatch.Exact("/.*"));
        allow(PREFIX, List.of(), new StringMatch.Prefix("/v1.0/(a)+"));
        allow(ACCOUNT, List.of(new Source(List.of(new ObjectName("shop", "a.b")), List.of(), List.of())));
        proxy.start();
    }

    @AfterAll
    static void stop() {
        proxy.close();
        application.close();
        ads.close();
    }

    private static void allow(int port, List<Source> from, StringMatch... paths) {
        var to =
                paths.length == 0 ? List.<Operation>of() : List.of(new Operation(List.of(), List.of(), List.of(paths)));
        var rules =
                new PortRules(new ObjectName("shop", "rules"), new TreeSet<>(), List.of(new Rule("rule", from, to)));
        proxy.receive(
                InboundRules.workload(MtlsMode.STRICT, List.of(), List.of(rules), AuthorizationDefault.ALLOW), port);
    }

    @ParameterizedTest
    @CsvSource({
        "/v1.0/(a+)*$, 200",
        "/.*, 200",
        "/v1x0/(a+)*$, 403",
        "/v1.0/aaa, 403",
        "/v1.0/(a+)*$x, 403",
        "/v1.0/(aa+)*$, 403",
        "/x, 403",
        "/.*x, 403",
    })
    void an_exact_path_is_itself(String path, int status) {
        assertThat(Call.get(EXACT, path).as(DOTTED).status()).isEqualTo(status);
    }

    @ParameterizedTest
    @CsvSource({
        "/v1.0/(a)+, 200",
        "/v1.0/(a)+/x, 200",
        "/v1.0/aa, 403",
        "/v1x0/(a)+, 403",
        "/v1.0/(a)+x, 403",
    })
    void a_prefix_is_itself(String path, int status) {
        assertThat(Call.get(PREFIX, path).as(DOTTED).status()).isEqualTo(status);
    }

    @Test
    void a_service_account_with_a_dot_is_itself_for_http_and_tcp() throws IOException {
        assertThat(Call.get(ACCOUNT, "/").as(DOTTED).status()).isEqualTo(200);
        assertThat(Call.get(ACCOUNT, "/").as(LOOKALIKE).status()).isEqualTo(403);
        assertThat(Call.get(ACCOUNT, "/").as(LONGER).status()).isEqualTo(403);
        assertThat(tcp(DOTTED)).startsWith("HTTP/1.1 200");
        assertThat(tcp(LOOKALIKE)).isEmpty();
        assertThat(tcp(LONGER)).isEmpty();
    }

    private static String tcp(Certificates.Identity identity) throws IOException {
        try (var socket = Call.tls(ACCOUNT, identity, ProxyPorts.ALPN_TCP, "TLSv1.3")) {
            socket.getOutputStream()
                    .write("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".getBytes(StandardCharsets.UTF_8));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
