// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.selvedge.api.v1alpha1.LabelSelector;
import dev.selvedge.compiler.diagnostic.FieldError;
import dev.selvedge.reconciler.injection.MeshMembers;
import dev.selvedge.reconciler.injection.PodMutator;
import dev.selvedge.reconciler.proxy.ProxySettings;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.fabric8.zjsonpatch.JsonPatch;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WebhookServerTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ProxySettings SETTINGS = new ProxySettings(
            "selvedge.dev/proxy:dev", "selvedge.selvedge-system.svc", Duration.ofSeconds(10), Map.of(), Map.of());
    private static final MeshMembers MEMBERS =
            new MeshMembers(new LabelSelector(Map.of("selvedge.dev/mesh", "default"), List.of()), "selvedge-system");

    private final CountDownLatch gate = new CountDownLatch(1);
    private final SwitchableKeys keys = new SwitchableKeys();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final Vertx vertx = Vertx.vertx();
    private final WebhookServer server = new WebhookServer(
            vertx,
            keys,
            0,
            Map.of(
                    "/mutate/pods",
                    new PodAdmission(
                            () -> Optional.of(new PodAdmission.Injection(MEMBERS, SETTINGS)),
                            namespace -> namespace.equals("shop") ? Map.of("selvedge.dev/mesh", "default") : Map.of()),
                    "/validate",
                    new PolicyAdmission(_ -> List.of(
                            new FieldError("spec.a", "1", "is wrong", "write 2"),
                            new FieldError("spec.b", "x", "is odd", "write y")))),
            Map.of("/read/", this::read),
            meters);
    private final int port = server.start();
    private final HttpClient client = HttpClient.newBuilder()
            .sslContext(keys.trusting())
            .connectTimeout(Duration.ofSeconds(10))
            .build();

    @AfterAll
    void close() {
        client.close();
        server.close();
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    @Test
    void aPodOfTheMeshComesBackWithItsSidecar() throws Exception {
        var pod =
                "{\"metadata\": {\"name\": \"a\"}, \"spec\": {\"containers\": [{\"name\": \"app\", \"image\": \"i\"}]}}";

        var response = review("/mutate/pods", "v1", "Pod", "shop", pod);

        assertThat(response.get("allowed").asBoolean()).isTrue();
        assertThat(response.get("uid").asText()).isEqualTo("42");
        var patch =
                JSON.readTree(Base64.getDecoder().decode(response.get("patch").asText()));
        var patched = JSON.treeToValue(JsonPatch.apply(patch, JSON.readTree(pod)), Pod.class);
        var expected = PodMutator.inject(Serialization.unmarshal(pod, Pod.class), SETTINGS);
        assertThat(Serialization.asYaml(patched)).isEqualTo(Serialization.asYaml(expected));
    }

    @Test
    void aPodOutsideIsLeftAlone() throws Exception {
        var response = review("/mutate/pods", "v1", "Pod", "elsewhere", "{\"metadata\": {}, \"spec\": {}}");

        assertThat(response.get("allowed").asBoolean()).isTrue();
        assertThat(response.has("patch")).isFalse();
    }

    @Test
    void aPodThatStaysOutsideOfTheMeshIsWarnedAbout() throws Exception {
        var response =
                review("/mutate/pods", "v1", "Pod", "shop", "{\"metadata\": {}, \"spec\": {\"hostNetwork\": true}}");

        assertThat(response.get("allowed").asBoolean()).isTrue();
        assertThat(response.at("/warnings/0").asText()).contains("host's network");
    }

    @Test
    void aPodThatCannotBeInjectedIsRefusedWithTheReason() throws Exception {
        var response = review(
                "/mutate/pods",
                "v1",
                "Pod",
                "shop",
                "{\"metadata\": {}, \"spec\": {\"securityContext\": {\"runAsUser\": 1337}}}");

        assertThat(response.get("allowed").asBoolean()).isFalse();
        assertThat(response.at("/status/message").asText()).contains("user 1337 is the proxy's");
        assertThat(response.at("/status/code").asInt()).isEqualTo(422);
    }

    @Test
    void aPolicyIsRefusedWithAllItsMistakes() throws Exception {
        var response = review(
                "/validate",
                "selvedge.dev/v1alpha1",
                "TrafficPolicy",
                "shop",
                "{\"metadata\": {\"name\": \"p\", \"namespace\": \"shop\", \"uid\": \"1\","
                        + " \"creationTimestamp\": \"2026-01-01T00:00:00Z\"},"
                        + " \"spec\": {\"targetRefs\": [{\"kind\": \"Service\", \"name\": \"reviews\"}]}}");

        assertThat(response.get("allowed").asBoolean()).isFalse();
        assertThat(response.at("/status/message").asText())
                .isEqualTo("spec.a: \"1\": is wrong; write 2\nspec.b: \"x\": is odd; write y");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Pod", "ConfigMap", "NoSuchKind"})
    void anObjectOfAnotherKindIsRefused(String kind) throws Exception {
        assertThat(review("/validate", "v1", kind, "shop", "{\"metadata\": {}, \"spec\": {}}")
                        .get("allowed")
                        .asBoolean())
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"metadata\": {}}", "{\"metadata\": {}, \"spec\": {\"containers\": null}}"})
    void anIncompletePodIsAnswered(String pod) throws Exception {
        assertThat(review("/mutate/pods", "v1", "Pod", "shop", pod).has("allowed"))
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "{}",
                "{\"request\": null}",
                "{\"request\": {}}",
                "a: yaml\nb: [1]",
                "<xml/>",
                "{\"request\": {\"uid\": \"1\"",
                "\u0000\u0001\u0002"
            })
    void whatIsNoReviewIsRefused(String body) throws Exception {
        assertThat(post("/mutate/pods", body).statusCode()).isEqualTo(400);
        assertAlive();
    }

    @Test
    void anObjectThatIsNoneIsRefused() throws Exception {
        var response = post("/mutate/pods", "{\"request\": {\"uid\": \"1\", \"object\": \"text\"}}");

        assertThat(JSON.readTree(response.body()).at("/response/allowed").asBoolean(true))
                .isFalse();
    }

    @Test
    void deeplyNestedJsonIsRefused() throws Exception {
        var deep = "{\"request\": {\"uid\": \"1\", \"object\": " + "[".repeat(1_000_000);

        assertThat(post("/mutate/pods", deep).statusCode()).isEqualTo(400);
        assertThat(post("/validate", deep + "]".repeat(1_000_000) + "}}").statusCode())
                .isEqualTo(400);
        assertAlive();
    }

    @Test
    void aBodyOfAHundredMegabytesIsNotRead() throws Exception {
        var part = new byte[1 << 20];
        var sent = Stream.generate(() -> part).limit(100).toList();
        try {
            var publisher = BodyPublishers.ofByteArrays(sent);
            assertThat(client.send(request("/mutate/pods").POST(publisher).build(), BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(413);
        } catch (IOException e) {
            // The server closed the connection while the client was still sending: as good.
            assertThat(e).isNotNull();
        }
        assertAlive();
        await().untilAsserted(() -> assertThat(buffered()).isZero());
    }

    @Test
    void aLengthThatIsDeclaredTooLargeIsRefusedAtOnce() throws Exception {
        var publisher = BodyPublishers.ofByteArray(new byte[WebhookServer.MAX_BODY + 1]);

        try {
            assertThat(client.send(request("/mutate/pods").POST(publisher).build(), BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(413);
        } catch (IOException e) {
            assertThat(e).isNotNull();
        }
        assertAlive();
    }

    @Test
    void aClientThatLeavesInTheMiddleLeavesNothingBehind() throws Exception {
        try (var socket = keys.trusting().getSocketFactory().createSocket("127.0.0.1", port)) {
            socket.getOutputStream()
                    .write(("POST /mutate/pods HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                                    + "Content-Length: 100000\r\n\r\n{\"request\": ")
                            .getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().flush();
            await().untilAsserted(() -> assertThat(buffered()).isPositive());
        }
        await().untilAsserted(() -> assertThat(buffered()).isZero());
        assertAlive();
    }

    @Test
    void wrongWaysOfAskingAreNamed() throws Exception {
        assertThat(client.send(request("/mutate/pods").GET().build(), BodyHandlers.ofString())
                        .statusCode())
                .isEqualTo(405);
        assertThat(post("/", "{}").statusCode()).isEqualTo(404);
        assertThat(client.send(
                                HttpRequest.newBuilder(uri("/validate"))
                                        .header("Content-Type", "text/yaml")
                                        .POST(BodyPublishers.ofString("{}"))
                                        .build(),
                                BodyHandlers.ofString())
                        .statusCode())
                .isEqualTo(415);
        assertAlive();
    }

    @Test
    void whatIsReadIsAnsweredAsItIs() throws Exception {
        var answer =
                get(request("/read/200").header("Authorization", "Bearer t").GET());

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("/read/200 Bearer t\n");
        assertThat(answer.headers().firstValue("Content-Type")).contains("application/json");
        assertThat(answer.headers().firstValue("Cache-Control")).contains("no-store");
        var unknown = get(request("/read/401").GET());
        assertThat(unknown.statusCode()).isEqualTo(401);
        assertThat(unknown.headers().firstValue("WWW-Authenticate")).contains("Bearer");
        assertThat(unknown.headers().firstValue("Content-Type")).contains("text/plain; charset=utf-8");
    }

    @Test
    void readingTakesNoBodyAndNothingButGet() throws Exception {
        assertThat(post("/read/200", "{}").statusCode()).isEqualTo(405);
        assertThat(get(request("/read/200").method("GET", BodyPublishers.ofString("body")))
                        .statusCode())
                .isEqualTo(413);
        assertAlive();
    }

    @Test
    void aReaderThatFailsIsToldNoMoreThanThat() throws Exception {
        var answer = get(request("/read/broken").GET());

        assertThat(answer.statusCode()).isEqualTo(500);
        assertThat(answer.body()).doesNotContain("broken");
    }

    @Test
    void readersWhoWaitForTheApiServerHoldUpNoReview() throws Exception {
        var asked = Stream.generate(
                        () -> client.sendAsync(request("/read/wait").GET().build(), BodyHandlers.ofString()))
                .limit(ReadRequests.MOST + 1)
                .toList();
        try {
            await().until(() -> asked.stream().anyMatch(CompletableFuture::isDone));
            assertAlive();
        } finally {
            gate.countDown();
        }
        var statuses = asked.stream()
                .map(each -> each.orTimeout(30, TimeUnit.SECONDS).join().statusCode())
                .collect(Collectors.groupingBy(status -> status, Collectors.counting()));
        assertThat(statuses).isEqualTo(Map.of(503, 1L, 200, (long) ReadRequests.MOST));
        assertThat(get(request("/read/200").GET()).statusCode()).isEqualTo(200);
    }

    private Reading.Answer read(String path, Optional<String> authorization) {
        var last = path.substring(path.lastIndexOf('/') + 1);
        if (last.equals("broken")) {
            throw new IllegalStateException(last);
        }
        if (last.equals("wait")) {
            try {
                assertThat(gate.await(60, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return new Reading.Answer(200, "{}");
        }
        return new Reading.Answer(Integer.parseInt(last), path + " " + authorization.orElse("nobody"));
    }

    private HttpResponse<String> get(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(request.build(), BodyHandlers.ofString());
    }

    @Test
    void aRenewedCertificateIsServedWithoutARestart() throws Exception {
        var before = serialNumber();
        keys.renew();

        assertThat(serialNumber()).isNotEqualTo(before);
    }

    private BigInteger serialNumber() throws Exception {
        try (var fresh = HttpClient.newBuilder().sslContext(keys.trusting()).build()) {
            var session = fresh.send(request("/").GET().build(), BodyHandlers.discarding())
                    .sslSession()
                    .orElseThrow();
            return ((X509Certificate) session.getPeerCertificates()[0]).getSerialNumber();
        }
    }

    private void assertAlive() throws Exception {
        var pod = "{\"metadata\": {\"labels\": {\"selvedge.dev/inject\": \"Disabled\"}}, \"spec\": {}}";
        assertThat(review("/mutate/pods", "v1", "Pod", "shop", pod)
                        .get("allowed")
                        .asBoolean())
                .isTrue();
    }

    private double buffered() {
        return meters.get("selvedge.admission.buffered.bytes").gauge().value();
    }

    private JsonNode review(String path, String apiVersion, String kind, String namespace, String object)
            throws Exception {
        var typed = object.replaceFirst("\\{", "{\"apiVersion\": \"%s\", \"kind\": \"%s\",".formatted(apiVersion, kind))
                .replace(",}", "}");
        var review = """
                {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {"uid": "42",
                 "operation": "CREATE", "namespace": "%s", "object": %s}}
                """.formatted(namespace, typed);
        var response = post(path, review);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return JSON.readTree(response.body()).get("response");
    }

    private HttpResponse<String> post(String path, String body) throws IOException, InterruptedException {
        return client.send(request(path).POST(BodyPublishers.ofString(body)).build(), BodyHandlers.ofString());
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(uri(path))
                .header("Content-Type", "application/json")
                .timeout(Duration.ofSeconds(30));
    }

    private URI uri(String path) {
        return URI.create("https://localhost:" + port + path);
    }
}
