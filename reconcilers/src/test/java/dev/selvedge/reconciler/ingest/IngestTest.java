// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.snapshot.EndpointSlice;
import dev.selvedge.compiler.snapshot.Node;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.Pod.Proxy;
import dev.selvedge.compiler.snapshot.Service;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IngestTest {
    @Test
    void aServiceKeepsItsTcpPortsAndAddresses() {
        var service = service("""
                spec:
                  selector: {app: dns}
                  clusterIP: 10.96.0.10
                  clusterIPs: [10.96.0.10, "fd00::a"]
                  ports:
                  - {name: udp, port: 53, protocol: UDP}
                  - {name: tcp, port: 53, protocol: TCP}
                  - {port: 80, appProtocol: http}
                """);

        assertThat(service)
                .isEqualTo(new Service(
                        new ObjectName("shop", "it"),
                        Map.of("app", "dns"),
                        List.of("10.96.0.10", "fd00::a"),
                        List.of(
                                new Service.Port("tcp", 53, Optional.empty()),
                                new Service.Port("", 80, Optional.of("http")))));
    }

    @ParameterizedTest
    @CsvSource({"'spec: {clusterIP: None, clusterIPs: [None]}'", "'spec: {type: ExternalName, externalName: x.org}'"})
    void aServiceWithoutAnAddressHasNone(String yaml) {
        assertThat(service(yaml).clusterIps()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "'spec: {clusterIP: 10.96.0.10}', false",
        "'spec: {clusterIP: 10.96.0.10, trafficDistribution: PreferClose}', true",
        "'spec: {clusterIP: 10.96.0.10, trafficDistribution: PreferSameNode}', true"
    })
    void trafficDistributionAsksForEndpointsNearby(String yaml, boolean near) {
        assertThat(service(yaml).prefersZone()).isEqualTo(near);
    }

    @Test
    void aNodeIsWhereItsLabelsSay() {
        var node = Yaml.read(io.fabric8.kubernetes.api.model.Node.class, """
                metadata:
                  name: n1
                  labels: {topology.kubernetes.io/zone: a, topology.kubernetes.io/region: north}
                """);
        assertThat(Ingest.node(node)).contains(new Node("n1", "a", "north"));
    }

    private static Service service(String yaml) {
        return Ingest.service(read(io.fabric8.kubernetes.api.model.Service.class, "shop", yaml))
                .orElseThrow();
    }

    @Test
    void anEndpointSliceKeepsReadinessPodAndZone() {
        var slice = slice("""
                metadata: {namespace: shop, name: it, labels: {kubernetes.io/service-name: ratings}}
                addressType: IPv4
                ports: [{name: http, port: 8080, protocol: TCP}, {name: udp, port: 1, protocol: UDP}, {name: all}]
                endpoints:
                - addresses: [10.0.0.1]
                  conditions: {ready: false, serving: true, terminating: true}
                  targetRef: {kind: Pod, namespace: shop, name: ratings-0}
                  zone: a
                - addresses: [10.0.0.2]
                """).orElseThrow();

        assertThat(slice)
                .isEqualTo(new EndpointSlice(
                        new ObjectName("shop", "it"),
                        new ObjectName("shop", "ratings"),
                        Map.of("http", 8080),
                        List.of(
                                new EndpointSlice.Endpoint(
                                        "10.0.0.1",
                                        false,
                                        true,
                                        true,
                                        Optional.of(new ObjectName("shop", "ratings-0")),
                                        "a"),
                                // Conditions that are not set mean ready (EndpointSlice API).
                                new EndpointSlice.Endpoint("10.0.0.2", true, true, false, Optional.empty(), ""))));
    }

    @Test
    void slicesOfNoServiceAndOfHostNamesAreNotRead() {
        assertThat(slice("{metadata: {name: it, namespace: shop}, addressType: IPv4}"))
                .isEmpty();
        assertThat(slice("""
                metadata: {name: it, namespace: shop, labels: {kubernetes.io/service-name: ratings}}
                addressType: FQDN
                """)).isEmpty();
    }

    private static Optional<EndpointSlice> slice(String yaml) {
        return Ingest.endpointSlice(Yaml.read(io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice.class, yaml));
    }

    @Test
    void aPodWithASidecarIsOne() {
        var pod = pod("""
                spec: {serviceAccountName: ratings, initContainers: [{name: selvedge-interception}, {name: selvedge-proxy}]}
                status: {phase: Running, podIP: 10.0.0.1, podIPs: [{ip: 10.0.0.1}, {ip: "fd00::1"}]}
                """).orElseThrow();

        assertThat(pod.proxy()).isEqualTo(new Proxy.Sidecar());
        assertThat(pod.serviceAccount()).isEqualTo("ratings");
        assertThat(pod.ips()).containsExactly("10.0.0.1", "fd00::1");
    }

    @Test
    void aPodWithoutAnAddressYetIsKnown() {
        var pod = pod("{spec: {}, status: {phase: Pending}}").orElseThrow();

        assertThat(pod.ips()).isEmpty();
        assertThat(pod.serviceAccount()).isEqualTo("default");
        assertThat(pod.proxy()).isEqualTo(new Proxy.None());
    }

    @Test
    void aPodOnTheHostsNetworkHasNoAddressOfItsOwn() {
        assertThat(pod("{spec: {hostNetwork: true}, status: {phase: Running, podIP: 192.0.2.1}}")
                        .orElseThrow()
                        .ips())
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"Succeeded", "Failed"})
    void aFinishedPodIsGone(String phase) {
        assertThat(pod("{spec: {}, status: {phase: " + phase + ", podIP: 10.0.0.1}}"))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "Gateway, edge, edge-selvedge, true",
        "Gateway, edge, default, false",
        "Gateway, edge, other-selvedge, false",
        "Sidecar, edge, edge-selvedge, false",
    })
    void aGatewaysPodNeedsBothLabelsAndTheServiceAccount(
            String proxy, String gateway, String serviceAccount, boolean expected) {
        var pod = pod("""
                metadata:
                  namespace: shop
                  name: it
                  labels: {selvedge.dev/proxy: %s, gateway.networking.k8s.io/gateway-name: %s}
                spec: {serviceAccountName: %s, containers: [{name: selvedge-proxy}]}
                """.formatted(proxy, gateway, serviceAccount)).orElseThrow();

        assertThat(pod.proxy())
                .isEqualTo(expected ? new Proxy.GatewayProxy(new ObjectName("shop", "edge")) : new Proxy.None());
    }

    private static Optional<dev.selvedge.compiler.snapshot.Pod> pod(String yaml) {
        return Ingest.pod(read(Pod.class, "shop", yaml));
    }

    private static <T extends io.fabric8.kubernetes.api.model.HasMetadata> T read(
            Class<T> type, String namespace, String yaml) {
        var object = Yaml.read(type, yaml);
        object.getMetadata().setNamespace(namespace);
        object.getMetadata().setName("it");
        return object;
    }
}
