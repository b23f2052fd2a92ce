// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.envoy;

import static dev.selvedge.compiler.envoy.InboundRules.accounts;
import static dev.selvedge.compiler.envoy.InboundRules.allows;
import static dev.selvedge.compiler.envoy.InboundRules.namespaces;
import static dev.selvedge.compiler.envoy.InboundRules.rule;
import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.envoy.ClientServices.Members;
import dev.selvedge.compiler.model.Identity;
import dev.selvedge.compiler.model.ServiceView.Route;
import dev.selvedge.compiler.model.WorkloadView;
import dev.selvedge.compiler.model.WorkloadView.PortRules;
import dev.selvedge.compiler.resource.ResourceName;
import dev.selvedge.compiler.snapshot.Mesh;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.TrustDomains;
import dev.selvedge.compiler.translate.Translate;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A mesh that moves from one trust domain to another, and takes both for its own meanwhile. */
@Tag("envoy")
final class TrustDomainsTest {
    private static final TrustDomains DOMAINS = new TrustDomains("new.example", List.of("old.example"));
    private static final Certificates MESH = new Certificates("new.example");
    private static final int OF_ACCOUNT = FreePorts.any();
    private static final int OF_NAMESPACE = FreePorts.any();
    private static final int OLD_SERVER = FreePorts.any();
    private static final int CALL_OLD = FreePorts.any();
    private static final int CALL_NEW = FreePorts.any();
    private static final int CALL_OTHER = FreePorts.any();

    private static AdsServer ads;
    private static Application application;
    private static TestProxy server;
    private static TestProxy unmoved;
    private static TestProxy client;

    @BeforeAll
    static void start(@TempDir Path folder) throws IOException {
        ads = new AdsServer();
        application = new Application("ratings");
        server = server("server", "new.example", folder)
                .receive(workload(allows(rule("reviews", List.of(accounts("shop", "reviews"))))), OF_ACCOUNT)
                .receive(workload(allows(rule("shop", List.of(namespaces("shop"))))), OF_NAMESPACE)
                .start();
        unmoved = server("unmoved", "old.example", folder)
                .receive(workload(List.of()), OLD_SERVER)
                .start();
        client = new TestProxy(ads, "client", folder)
                .put(id("old.example", "reviews").secret())
                .put(MESH.trust("new.example", "old.example"))
                .put(Translate.staticCluster(ResourceName.BLACKHOLE));
        var services = new ClientServices(client);
        var accepted = new Identity(DOMAINS, new ObjectName("shop", "server")).accepted();
        var other = new Identity(DOMAINS, new ObjectName("shop", "other")).accepted();
        services.http("old", CALL_OLD, all("old", CALL_OLD), Members.mtls(accepted, OLD_SERVER));
        services.http("new", CALL_NEW, all("new", CALL_NEW), Members.mtls(accepted, OF_ACCOUNT));
        services.http("other", CALL_OTHER, all("other", CALL_OTHER), Members.mtls(other, OLD_SERVER));
        client.start();
    }

    private static List<Route> all(String service, int port) {
        return OutboundTest.all(service, port);
    }

    private static TestProxy server(String node, String trustDomain, Path folder) {
        return new TestProxy(ads, node, folder)
                .put(id(trustDomain, "server").secret())
                .put(MESH.trust("new.example", "old.example"))
                .put(Translate.staticCluster(ResourceName.BLACKHOLE))
                .put(Translate.staticCluster(ResourceName.PASSTHROUGH))
                .application(Translate.staticCluster(ResourceName.INBOUND), application.port());
    }

    private static WorkloadView workload(List<PortRules> allow) {
        return new WorkloadView(
                new ObjectName("shop", "ratings-1"),
                "spiffe://new.example/ns/shop/sa/server",
                DOMAINS,
                Mesh.MtlsMode.STRICT,
                List.of(),
                allow,
                Mesh.AuthorizationDefault.ALLOW,
                new TreeMap<>(),
                new TreeSet<>(),
                new TreeSet<>(),
                Optional.empty());
    }

    private static Certificates.Identity id(String trustDomain, String account) {
        return MESH.issue("spiffe://" + trustDomain + "/ns/shop/sa/" + account);
    }

    @AfterAll
    static void stop() {
        client.close();
        unmoved.close();
        server.close();
        application.close();
        ads.close();
    }

    @Test
    void callers_of_both_domains_are_who_they_are_in_the_mesh() {
        for (int port : List.of(OF_ACCOUNT, OF_NAMESPACE)) {
            assertThat(calling(port, id("new.example", "reviews"))).isEqualTo(200);
            assertThat(calling(port, id("old.example", "reviews"))).isEqualTo(200);
        }
        assertThat(calling(OF_ACCOUNT, id("old.example", "other"))).isEqualTo(403);
        assertThat(calling(OF_NAMESPACE, MESH.issue("spiffe://old.example/ns/bank/sa/reviews")))
                .isEqualTo(403);
    }

    @Test
    void no_third_domain_and_no_other_authority_is_taken() {
        assertThat(calling(OF_NAMESPACE, id("third.example", "reviews"))).isZero();
        var forger = new Certificates("old.example");
        assertThat(calling(OF_NAMESPACE, forger.issue("spiffe://old.example/ns/shop/sa/reviews")))
                .isZero();
    }

    @Test
    void a_client_takes_a_server_of_either_domain_and_no_other_account() {
        assertThat(Call.get(CALL_OLD, "/").plain().status()).isEqualTo(200);
        assertThat(Call.get(CALL_NEW, "/").plain().status()).isEqualTo(200);
        assertThat(Call.get(CALL_OTHER, "/").plain().status()).isEqualTo(503);
    }

    private static int calling(int port, Certificates.Identity caller) {
        return Call.get(port, "/").as(caller).status();
    }
}
