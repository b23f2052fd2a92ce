// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** API servers of several ages. */
final class OptionalKindTest {
    private static final OptionalKind.Names BUNDLES = new OptionalKind.Names(
            "certificates.k8s.io", List.of("v1", "v1beta1"), "ClusterTrustBundle", "clustertrustbundles", false);
    private static final String WITHOUT = "certificatesigningrequests, CertificateSigningRequest";
    private static final String WITH = "clustertrustbundles, ClusterTrustBundle";

    private final Map<String, String> served = new ConcurrentHashMap<>();
    private final AtomicInteger asked = new AtomicInteger();
    private final ReentrantLock hang = new ReentrantLock();
    private volatile Instant now = Instant.parse("2030-01-01T00:00:00Z");
    private final Clock clock = ((InstantSource) () -> now).withZone(ZoneOffset.UTC);
    private HttpServer server;
    private KubernetesClient client;
    private OptionalKind kind;
    private final AtomicInteger told = new AtomicInteger();

    @BeforeEach
    void anApiServer() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/apis/certificates.k8s.io/", exchange -> {
            var version = exchange.getRequestURI().getPath().substring("/apis/certificates.k8s.io/".length());
            if (!version.contains("/")) {
                asked.incrementAndGet();
            }
            hang.lock();
            hang.unlock();
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
        kind = new OptionalKind(client, BUNDLES, new Listener(), clock);
    }

    private static String list(String version, String resource) {
        var names = resource.split(", ");
        return """
                {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": "certificates.k8s.io/%s",
                 "resources": [{"name": "%s", "kind": "%s", "namespaced": false, "verbs": ["get"]}]}
                """.formatted(version, names[0], names[1]);
    }

    private final class Listener implements OptionalKind.User {
        @Override
        public SharedIndexInformer<GenericKubernetesResource> watch(ResourceDefinitionContext served) {
            return client.genericKubernetesResources(served).withName("any").runnableInformer(0);
        }

        @Override
        public void answered() {
            told.incrementAndGet();
        }

        @Override
        public void onAdd(GenericKubernetesResource object) {}

        @Override
        public void onUpdate(GenericKubernetesResource before, GenericKubernetesResource now) {}

        @Override
        public void onDelete(GenericKubernetesResource object, boolean finalStateUnknown) {}
    }

    @AfterEach
    void stop() {
        kind.close();
        client.close();
        server.stop(0);
    }

    @Test
    void an_api_server_without_it_is_asked_once_a_minute() {
        served.put("v1", WITHOUT);
        kind.ask();
        kind.tick();
        assertThat(kind.isKnown()).isTrue();
        assertThat(kind.apiVersion()).isEmpty();
        assertThat(kind.objects()).isEmpty();
        assertThat(asked).hasValue(2);
        assertThat(told).hasValue(1);

        now = now.plus(Duration.ofMinutes(1));
        kind.tick();
        await().until(() -> asked.get() == 4);
        assertThat(told).as("nothing is different").hasValue(1);
    }

    @Test
    void it_is_used_when_it_appears_and_no_more_when_it_is_gone() {
        served.put("v1", WITHOUT);
        kind.ask();
        served.put("v1beta1", WITH);
        kind.ask();
        assertThat(kind.apiVersion()).contains("certificates.k8s.io/v1beta1");
        assertThat(told).hasValue(2);
        served.remove("v1beta1");
        kind.ask();
        assertThat(kind.apiVersion()).isEmpty();
        assertThat(told).hasValue(3);
    }

    @Test
    void the_first_version_is_preferred() {
        served.put("v1", WITH);
        served.put("v1beta1", WITH);
        kind.ask();
        assertThat(kind.apiVersion()).contains("certificates.k8s.io/v1");
    }

    @Test
    void an_api_server_that_is_away_changes_nothing() {
        served.put("v1", WITH);
        kind.ask();
        server.stop(0);
        assertThatThrownBy(kind::ask).isInstanceOf(KubernetesClientException.class);
        assertThat(kind.apiVersion()).contains("certificates.k8s.io/v1");
    }

    @Test
    void nobody_waits_for_the_answer_of_an_api_server_that_hangs() {
        hang.lock();
        try {
            kind.tick();
            await().until(() -> asked.get() == 1);
            kind.tick();
            assertThat(asked).as("one question at a time").hasValue(1);
            assertThat(kind.isKnown()).isFalse();
        } finally {
            hang.unlock();
        }
        await().until(kind::isKnown);
    }
}
