// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a pod must not notice of being in the mesh, under Strict. */
@E2E
final class InjectionE2E {
    private static final String PROBED = """
            apiVersion: v1
            kind: Pod
            metadata: {namespace: shop, name: probed, labels: {app: probed}}
            spec:
              terminationGracePeriodSeconds: 1
              containers:
              - name: app
                image: selvedge.dev/sample:dev
                imagePullPolicy: IfNotPresent
                args: [serve, --tcp-port=9000, --tls-port=8443, --grpc-port=9090, --metrics-port=9102]
                ports: [{name: http, containerPort: 8080}]
                readinessProbe: {periodSeconds: 1, failureThreshold: 1, %s}
            """;

    private final Kubectl kubectl;

    InjectionE2E(Kubectl kubectl) {
        this.kubectl = kubectl;
    }

    @AfterEach
    void remove() {
        kubectl.run("-n", Shop.NAMESPACE, "delete", "pod,job", "-l", "app in (probed, job)", "--wait");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "httpGet: {path: /readyz, port: http} | httpGet: {path: /status/503, port: http}",
                "httpGet: {path: /readyz, port: 8443, scheme: HTTPS} | httpGet: {path: /readyz, port: 8444, scheme: HTTPS}",
                "tcpSocket: {port: 9000} | tcpSocket: {port: 9001}",
                "grpc: {port: 9090} | grpc: {port: 9091}",
                "exec: {command: [/usr/local/bin/sample, probe, 'http://127.0.0.1:8080/readyz']} | exec: {command: [/usr/local/bin/sample, probe, 'http://127.0.0.1:8080/status/500']}"
            })
    void a_probe_tells_a_ready_application_from_one_that_is_not(String good, String bad) {
        kubectl.apply(PROBED.formatted(good));
        kubectl.run("-n", Shop.NAMESPACE, "wait", "pod/probed", "--for=condition=Ready", "--timeout=60s");
        kubectl.run("-n", Shop.NAMESPACE, "delete", "pod", "probed", "--wait");

        kubectl.apply(PROBED.formatted(bad));
        await("kubelet reports the failing probe")
                .atMost(Duration.ofSeconds(60))
                .until(() -> kubectl.run(
                                "-n",
                                Shop.NAMESPACE,
                                "get",
                                "events",
                                "--field-selector",
                                "reason=Unhealthy,involvedObject.uid="
                                        + kubectl.run(
                                                "-n",
                                                Shop.NAMESPACE,
                                                "get",
                                                "pod",
                                                "probed",
                                                "-o",
                                                "jsonpath={.metadata.uid}"),
                                "-o",
                                "jsonpath={.items[*].involvedObject.fieldPath}")
                        .contains("spec.containers{app}"));
        assertThat(kubectl.run(
                        "-n",
                        Shop.NAMESPACE,
                        "get",
                        "pod",
                        "probed",
                        "-o",
                        "jsonpath={.status.conditions[?(@.type==\"Ready\")].status}"))
                .isEqualTo("False");
    }

    @Test
    void a_job_calls_the_mesh_and_ends() {
        kubectl.apply("""
                apiVersion: batch/v1
                kind: Job
                metadata: {namespace: shop, name: one-call, labels: {app: job}}
                spec:
                  backoffLimit: 0
                  template:
                    metadata: {labels: {app: job}}
                    spec:
                      restartPolicy: Never
                      containers:
                      - name: app
                        image: selvedge.dev/sample:dev
                        imagePullPolicy: IfNotPresent
                        args: [job, 'http://reviews:9080/']
                """);

        kubectl.run("-n", Shop.NAMESPACE, "wait", "job/one-call", "--for=condition=Complete", "--timeout=90s");
    }

    @Test
    void a_pod_that_opts_out_has_no_proxy() {
        kubectl.apply(PROBED.formatted("tcpSocket: {port: 8080}")
                .replace("labels: {app: probed}", "labels: {app: probed, selvedge.dev/inject: Disabled}"));

        JsonNode pod = kubectl.json("-n", Shop.NAMESPACE, "get", "pod", "probed");

        assertThat(pod.path("spec").path("initContainers").isMissingNode()).isTrue();
        kubectl.run("-n", Shop.NAMESPACE, "wait", "pod/probed", "--for=condition=Ready", "--timeout=60s");
    }

    @Test
    void the_proxy_is_restricted_and_only_the_interception_may_touch_the_network() {
        JsonNode pod = kubectl.json("-n", Shop.NAMESPACE, "get", "pod", "-l", "app=client")
                .path("items")
                .path(0);

        JsonNode interception = pod.path("spec").path("initContainers").path(0);
        JsonNode proxy = pod.path("spec").path("initContainers").path(1);
        assertThat(proxy.path("name").asText()).isEqualTo("selvedge-proxy");
        assertThat(proxy.path("restartPolicy").asText()).isEqualTo("Always");
        JsonNode context = proxy.path("securityContext");
        assertThat(context.path("readOnlyRootFilesystem").asBoolean()).isTrue();
        assertThat(context.path("allowPrivilegeEscalation").asBoolean(true)).isFalse();
        assertThat(context.path("runAsNonRoot").asBoolean()).isTrue();
        assertThat(context.path("capabilities").toString()).isEqualTo("{\"drop\":[\"ALL\"]}");
        assertThat(interception.path("securityContext").path("capabilities").toString())
                .contains("\"NET_ADMIN\"", "\"NET_RAW\"", "\"drop\":[\"ALL\"]");
    }

    @Test
    void logs_and_port_forward_reach_the_application() throws IOException, InterruptedException {
        assertThat(kubectl.run("-n", Shop.NAMESPACE, "logs", "deploy/reviews-v1", "--tail=5"))
                .isNotNull();
        Process forward = kubectl.start("-n", Shop.NAMESPACE, "port-forward", "deploy/reviews-v1", ":8080");
        try (var out = new BufferedReader(new InputStreamReader(forward.getInputStream(), StandardCharsets.UTF_8));
                HttpClient client = HttpClient.newHttpClient()) {
            Matcher port = Pattern.compile("127\\.0\\.0\\.1:(\\d+)").matcher(String.valueOf(out.readLine()));
            assertThat(port.find()).isTrue();
            HttpResponse<String> answer = client.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port.group(1) + "/healthz"))
                            .timeout(Duration.ofSeconds(10))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(200);
        } finally {
            forward.destroy();
        }
    }

    @Test
    void prometheus_outside_the_mesh_scrapes_the_application() {
        kubectl.apply(
                PROBED.formatted("tcpSocket: {port: 8080}")
                        .replace(
                                "labels: {app: probed}",
                                "labels: {app: probed}, annotations: {prometheus.io/scrape: 'true', prometheus.io/port: '9102', prometheus.io/path: /metrics}"));
        kubectl.run("-n", Shop.NAMESPACE, "wait", "pod/probed", "--for=condition=Ready", "--timeout=60s");
        JsonNode pod = kubectl.json("-n", Shop.NAMESPACE, "get", "pod", "probed");
        JsonNode annotations = pod.path("metadata").path("annotations");
        // The host stands outside of the mesh, as a Prometheus without a proxy does.
        String url = "http://" + pod.path("status").path("podIP").asText() + ":"
                + annotations.path("prometheus.io/port").asText()
                + annotations.path("prometheus.io/path").asText();

        assertThat(fetch(url)).contains("# TYPE");
    }

    private static String fetch(String url) {
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> answer = client.send(
                    HttpRequest.newBuilder(URI.create(url))
                            .timeout(Duration.ofSeconds(10))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(200);
            return answer.body();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
