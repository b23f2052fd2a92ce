// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** API servers of several ages. */
final class PublishedTrustTest {
    private static final String WITHOUT = "certificatesigningrequests, CertificateSigningRequest";
    private static final String WITH = "clustertrustbundles, ClusterTrustBundle";

    private final Map<String, String> served = new ConcurrentHashMap<>();
    private final AtomicInteger asked = new AtomicInteger();
    private Instant now = Instant.parse("2030-01-01T00:00:00Z");
    private final Clock clock = ((InstantSource) () -> now).withZone(ZoneOffset.UTC);
    private HttpServer server;
    private KubernetesClient client;
    private PublishedTrust trust;

    @BeforeEach
    void anApiServer() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/apis/certificates.k8s.io/", exchange -> {
            var version = exchange.getRequestURI().getPath().substring("/apis/certificates.k8s.io/".length());
            if (!version.contains("/")) {
                asked.incrementAndGet();
            }
            var resource = served.get(version);
            var body = (resource == null ? "{}" : list(version, resource)).getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("content-type", "application/json");
            exchange.sendResponseHeaders(resource == null ? 404 : 200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        client = new KubernetesClientBuilder()
                .withConfig(new ConfigBuilder()
                        .withMasterUrl("http://127.0.0.1:" + server.getAddress().getPort())
                        .withRequestRetryBackoffLimit(0)
                        .build())
                .build();
        trust = new PublishedTrust(client, Set::of, clock);
    }

    private static String list(String version, String resource) {
        var names = resource.split(", ");
        return """
                {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": "certificates.k8s.io/%s",
                 "resources": [{"name": "%s", "kind": "%s", "namespaced": false, "verbs": ["get"]}]}
                """.formatted(version, names[0], names[1]);
    }

    @AfterEach
    void stop() {
        trust.stop();
        client.close();
        server.stop(0);
    }

    @Test
    void an_old_cluster_has_none_and_is_asked_once_a_minute() {
        served.put("v1", WITHOUT);
        assertThat(trust.apiVersion()).isEmpty();
        assertThat(trust.apiVersion()).isEmpty();
        assertThat(asked).hasValue(2);
        assertThat(trust.current()).isEmpty();
    }

    @Test
    void they_are_used_when_they_appear_and_no_more_when_they_are_gone() {
        served.put("v1", WITHOUT);
        assertThat(trust.apiVersion()).isEmpty();
        served.put("v1beta1", WITH);
        now = now.plus(Duration.ofMinutes(2));
        assertThat(trust.apiVersion()).contains("certificates.k8s.io/v1beta1");
        served.remove("v1beta1");
        now = now.plus(Duration.ofMinutes(2));
        assertThat(trust.apiVersion()).isEmpty();
    }

    @Test
    void the_stable_version_is_preferred() {
        served.put("v1", WITH);
        served.put("v1beta1", WITH);
        assertThat(trust.apiVersion()).contains("certificates.k8s.io/v1");
    }

    @Test
    void an_api_server_that_is_away_changes_nothing() {
        served.put("v1", WITH);
        assertThat(trust.apiVersion()).isPresent();
        server.stop(0);
        now = now.plus(Duration.ofMinutes(2));
        assertThat(trust.apiVersion()).contains("certificates.k8s.io/v1");
    }
}
