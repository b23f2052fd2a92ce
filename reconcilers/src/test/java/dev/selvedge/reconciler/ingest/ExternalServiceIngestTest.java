// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.snapshot.ExternalService;
import dev.selvedge.compiler.snapshot.ExternalService.Port;
import dev.selvedge.compiler.snapshot.ExternalService.Protocol;
import dev.selvedge.compiler.snapshot.ExternalService.Visibility;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ExternalServiceIngestTest {
    @Test
    void anExternalServiceIsReadWhole() {
        var service = read("""
                hosts: [api.example.com, other.example.com]
                addresses: [10.20.0.0/16]
                ports:
                - {port: 443, protocol: TLS}
                - {port: 80, protocol: HTTP, tls: {mode: Originate}}
                - {port: 81, protocol: HTTP, tls: {mode: Originate, port: 8443}}
                - {port: 5432, protocol: TCP}
                visibleTo: {mode: Listed, namespaces: [bank]}
                """);

        assertThat(service.hosts()).containsExactly("api.example.com", "other.example.com");
        assertThat(service.addresses()).containsExactly("10.20.0.0/16");
        assertThat(service.ports())
                .containsExactly(
                        new Port(443, Protocol.TLS, Optional.empty()),
                        new Port(80, Protocol.HTTP, Optional.of(443)),
                        new Port(81, Protocol.HTTP, Optional.of(8443)),
                        new Port(5432, Protocol.TCP, Optional.empty()));
        assertThat(service.visibleTo()).isEqualTo(new Visibility.Listed(List.of("bank")));
    }

    @Test
    void withoutAnAudienceItIsForItsOwnNamespace() {
        var service = read("""
                hosts: [api.example.com]
                ports: [{port: 443, protocol: TLS}]
                """);

        assertThat(service.visibleTo()).isEqualTo(new Visibility.Listed(List.of()));
        assertThat(service.isVisibleTo("shop")).isTrue();
        assertThat(service.isVisibleTo("bank")).isFalse();
    }

    @Test
    void whatIsForAllIsForEveryNamespace() {
        var service = read("""
                hosts: [api.example.com]
                ports: [{port: 443, protocol: TLS}]
                visibleTo: {mode: All}
                """);

        assertThat(service.isVisibleTo("bank")).isTrue();
    }

    private static ExternalService read(String spec) {
        return ExternalServiceIngest.externalService(
                        Yaml.read(dev.selvedge.api.v1alpha1.ExternalService.class, """
                        apiVersion: selvedge.dev/v1alpha1
                        kind: ExternalService
                        metadata: {namespace: shop, name: outside, uid: u, generation: 3, creationTimestamp: "2026-01-01T00:00:00Z"}
                        spec:
                        """ + spec.indent(2)))
                .orElseThrow();
    }
}
