// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.xds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.resource.ResourceType;
import dev.selvedge.operator.identity.WorkloadCertificates;
import dev.selvedge.reconciler.pki.Authority;
import dev.selvedge.reconciler.pki.Issuer;
import dev.selvedge.reconciler.pki.KeyAndChain;
import dev.selvedge.reconciler.pki.Pem;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import io.grpc.Status;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The API server is away for so long that the issuer ends: nobody reviews a token, and no Job makes another issuer. */
final class IssuerEndTest {
    private static final Duration LIFETIME = Duration.ofDays(3);

    private final SecureRandom random = new SecureRandom();
    private XdsFixture fixture;
    private Authority authority;
    private KeyAndChain anchor;
    private String token;

    @BeforeEach
    void aMeshWithOnePod() throws Exception {
        fixture = new XdsFixture().open();
        authority = new Authority(fixture.clock, random);
        anchor = authority.createAnchor("cluster.local", Duration.ofDays(30));
        fixture.issuer = issuer();
        token = fixture.token(fixture.pod("shop", "client", "buyer"));
    }

    private Issuer issuer() {
        var signed = authority.signIssuer(anchor, "cluster.local", LIFETIME);
        return new Issuer(signed, anchor.chain(), fixture.clock, random);
    }

    @AfterEach
    void stop() {
        fixture.close();
    }

    @Test
    void a_stream_outlives_its_token_only_while_nobody_could_come_back() throws Exception {
        try (var proxy = XdsClient.of(fixture, token)) {
            proxy.drain();
            fixture.apiServerAway = true;
            fixture.forward(Duration.ofMinutes(58));
            fixture.ads.tick();
            Await.until(() -> overdue() == 1);
            assertThat(proxy.drain()).isEmpty();

            fixture.apiServerAway = false;
            fixture.ads.tick();
            assertThat(proxy.closed().getCode()).isEqualTo(Status.Code.OK);
            Await.until(() -> {
                fixture.ads.tick();
                return overdue() == 0;
            });
        }
    }

    @Test
    void a_connected_proxy_has_certificates_to_the_end_of_the_issuer_and_another_when_there_is_another()
            throws Exception {
        var end = fixture.issuer.notAfter();
        try (var proxy = XdsClient.of(fixture, token)) {
            var held = proxy.secret(WorkloadCertificates.WORKLOAD);
            fixture.apiServerAway = true;
            while (fixture.clock.instant().plusSeconds(120).isBefore(end)) {
                var due = WorkloadCertificates.renewAt(held.getVersion());
                assertThat(due)
                        .as("a good certificate is renewed in time")
                        .isBefore(leaf(held).getNotAfter().toInstant());
                fixture.forward(Duration.between(fixture.clock.instant(), due).plusMillis(1));
                fixture.ads.tick();
                held = next(proxy);
                assertThat(leaf(held).getNotAfter().toInstant()).isBeforeOrEqualTo(end);
            }

            fixture.forward(Duration.ofDays(2));
            fixture.ads.tick();
            assertThat(proxy.drain())
                    .as("an issuer that has ended makes nothing")
                    .isEmpty();

            fixture.apiServerAway = false;
            fixture.issuer = issuer();
            fixture.ads.issuerChanged();
            held = next(proxy);
            assertThat(leaf(held).getNotAfter().toInstant()).isAfter(fixture.clock.instant());
            leaf(held).verify(fixture.issuer.certificate().getPublicKey());
            // Now it may come back, so it has to.
            fixture.ads.tick();
            assertThat(proxy.closed().getCode()).isEqualTo(Status.Code.OK);
        }
    }

    @Test
    void a_first_certificate_of_an_ended_issuer_is_refused_with_the_reason() throws Exception {
        try (var proxy = XdsClient.of(fixture, token)) {
            proxy.drain();
            fixture.clock.forward(LIFETIME.plusMinutes(1));
            proxy.subscribe(ResourceType.SECRET, WorkloadCertificates.WORKLOAD);
            assertThat(proxy.closed()).satisfies(status -> {
                assertThat(status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
                assertThat(status.getDescription()).startsWith("the issuer ended at ");
            });
        }
    }

    private double overdue() {
        return fixture.meters.get("selvedge.xds.overdue").gauge().value();
    }

    private static Resource next(XdsClient proxy) throws InterruptedException {
        var response = proxy.next();
        proxy.ack(response);
        // Until the acknowledgement is booked.
        proxy.drain();
        return response.getResources(0);
    }

    private static X509Certificate leaf(Resource resource) throws Exception {
        var chain = resource.getResource()
                .unpack(Secret.class)
                .getTlsCertificate()
                .getCertificateChain()
                .getInlineBytes()
                .toStringUtf8();
        List<X509Certificate> certificates = Pem.readCertificates(chain);
        return certificates.getFirst();
    }
}
