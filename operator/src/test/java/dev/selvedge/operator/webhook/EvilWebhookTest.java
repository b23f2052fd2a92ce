// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.api.v1alpha1.LabelSelector;
import dev.selvedge.compiler.policy.Validation;
import dev.selvedge.operator.fuzz.Http2;
import dev.selvedge.operator.fuzz.RawTls;
import dev.selvedge.operator.fuzz.ResourceUse;
import dev.selvedge.operator.fuzz.Seeds;
import dev.selvedge.reconciler.injection.MeshMembers;
import dev.selvedge.reconciler.proxy.ProxySettings;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What a stranger can do to the webhook port: nothing that lasts. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class EvilWebhookTest {
    private static final Duration PATIENCE = Duration.ofSeconds(3);
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final ProxySettings SETTINGS = new ProxySettings(
            "selvedge.dev/proxy:dev", "selvedge.selvedge-system.svc", Duration.ofSeconds(10), Map.of(), Map.of());
    private static final MeshMembers MEMBERS =
            new MeshMembers(new LabelSelector(Map.of(), List.of()), "selvedge-system");

    private final SwitchableKeys keys = new SwitchableKeys();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final Vertx vertx = Vertx.vertx();
    private final WebhookServer server = server(meters, PATIENCE);
    private final int port = server.start();

    /** For whole reviews, which may take their time on a busy machine. */
    private final SimpleMeterRegistry patientMeters = new SimpleMeterRegistry();

    private final WebhookServer patient = server(patientMeters, DEADLINE);
    private final int patientPort = patient.start();
    private final HttpClient client =
            HttpClient.newBuilder().sslContext(keys.trusting()).build();

    /** Sends what it likes on a connection of its own. */
    private interface Attack {
        void on(RawTls connection) throws IOException;
    }

    private WebhookServer server(SimpleMeterRegistry counting, Duration patience) {
        return new WebhookServer(
                vertx,
                keys,
                0,
                Map.of(
                        "/mutate",
                        new PodAdmission(
                                () -> Optional.of(new PodAdmission.Injection(MEMBERS, SETTINGS)), _ -> Map.of()),
                        "/validate",
                        new PolicyAdmission(Validation::check)),
                Map.of(),
                counting,
                patience);
    }

    @AfterAll
    void close() {
        client.close();
        server.close();
        patient.close();
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    @Test
    void every_chosen_review_is_answered_and_leaves_nothing_behind() throws Exception {
        sendChosen();
        var before = ResourceUse.now();
        sendChosen();
        assertServing(patientPort);
        before.assertFlat();
    }

    private void sendChosen() throws Exception {
        for (var each : EvilReviews.chosen().entrySet()) {
            assertThat(each.getValue()).as(each.getKey()).hasSizeLessThan(WebhookServer.MAX_BODY);
            for (var path : new String[] {"/mutate", "/validate"}) {
                long started = System.nanoTime();
                var response = post(patientPort, path, each.getValue());
                var took = Duration.ofNanos(System.nanoTime() - started);
                assertThat(took).as(each.getKey()).isLessThan(DEADLINE);
                assertThat(response.statusCode()).as(each.getKey()).isIn(200, 400);
                assertThat(response.body().length()).as(each.getKey()).isLessThan(2 * WebhookServer.MAX_BODY);
            }
        }
    }

    @Test
    void every_damaged_review_is_answered() throws Exception {
        Seeds.each("damaged reviews", 100, this::sendDamaged);
        assertServing(patientPort);
        assertThat(patientMeters
                        .get("selvedge.admission.buffered.bytes")
                        .gauge()
                        .value())
                .isZero();
    }

    private void sendDamaged(Random random) throws Exception {
        var review = EvilReviews.random(random);
        var response = post(patientPort, random.nextBoolean() ? "/mutate" : "/validate", review);
        assertThat(response.statusCode())
                .as(new String(review, StandardCharsets.ISO_8859_1))
                .isIn(200, 400);
    }

    private static Map<String, Attack> afterTls() {
        var start = "POST /mutate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
        var attacks = new TreeMap<String, Attack>();
        attacks.put("silence", connection -> {});
        attacks.put("HTTP/2", connection -> connection.send(Http2.join(Http2.preface(), Http2.call(1))));
        attacks.put("half a request line", connection -> connection.send("POST /mut"));
        attacks.put("half a header", connection -> connection.send(start + "X-Half: "));
        attacks.put("headers without end", connection -> connection.send(start + "X: y\r\n".repeat(100_000)));
        attacks.put("one long header", connection -> connection.send(start + "X: " + "y".repeat(1 << 20)));
        attacks.put("a long line", connection -> connection.send("POST /" + "x".repeat(1 << 20)));
        attacks.put(
                "headers that are not ASCII",
                connection -> connection.send(start + "\u00ff\u00fe\u0000: \u0001\r\n\r\n"));
        attacks.put(
                "a body that does not come", connection -> connection.send(start + "Content-Length: 1000\r\n\r\n{"));
        attacks.put("a length that is negative", connection -> connection.send(start + "Content-Length: -1\r\n\r\n"));
        attacks.put(
                "two lengths",
                connection -> connection.send(start + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx"));
        attacks.put(
                "a length and chunks",
                connection ->
                        connection.send(start + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"));
        attacks.put(
                "a chunk too large to be",
                connection -> connection.send(start + "Transfer-Encoding: chunked\r\n\r\nffffffffff\r\n"));
        attacks.put(
                "chunks without end",
                connection -> endless(
                        connection,
                        start + "Transfer-Encoding: chunked\r\n\r\n",
                        "1000\r\n" + "x".repeat(0x1000) + "\r\n"));
        attacks.put(
                "a body of a hundred megabytes",
                connection -> endless(connection, start + "Content-Length: 104857600\r\n\r\n", "x".repeat(1 << 16)));
        attacks.put(
                "a body drop by drop",
                connection -> endless(connection, start + "Content-Length: 100000\r\n\r\n", "x"));
        attacks.put("headers drop by drop", connection -> endless(connection, start + "X: ", "y"));
        attacks.put(
                "requests without end that nobody wants",
                connection -> connection.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n".repeat(10_000)));
        attacks.put(
                "an upgrade",
                connection -> connection.send(
                        "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n"));
        attacks.put(
                "expectations",
                connection -> connection.send(start + "Expect: 100-continue\r\nContent-Length: 99999999\r\n\r\n"));
        return attacks;
    }

    /** Sends as long as the server takes it, at most a hundred megabytes. */
    private static void endless(RawTls connection, String start, String part) {
        connection.send(start);
        long sent = 0;
        long end = System.nanoTime() + DEADLINE.toNanos();
        while (sent < 110L << 20 && System.nanoTime() < end && connection.send(part)) {
            sent += part.length();
            if (part.length() == 1) {
                Thread.yield();
            }
        }
    }

    private static Map<String, Attack> beforeTls() {
        var attacks = new LinkedHashMap<String, Attack>();
        attacks.put("no TLS", connection -> connection.send("POST /mutate HTTP/1.1\r\n\r\n"));
        attacks.put("half a hello", connection -> connection.send(new byte[] {22, 3, 1, 2, 0, 1, 0, 1, -4, 3, 3}));
        attacks.put("silence before TLS", connection -> {});
        return attacks;
    }

    @Test
    void every_attack_ends_and_leaves_nothing_behind() throws Exception {
        attackAllAtOnce();
        assertServing(port);
        var before = ResourceUse.now();
        attackAllAtOnce();
        assertServing(port);
        before.assertFlat();
        for (var reason : new String[] {"malformed", "slow", "413", "no-connection"}) {
            assertThat(meters.find("selvedge.admission.refused")
                            .tag("reason", reason)
                            .counter())
                    .as(reason)
                    .isNotNull();
        }
        assertThat(meters.get("selvedge.admission.buffered.bytes").gauge().value())
                .isZero();
    }

    private void attackAllAtOnce() throws Exception {
        try (var threads = Executors.newCachedThreadPool()) {
            var running = new TreeMap<String, Future<?>>();
            afterTls().forEach((name, attack) -> running.put(name, threads.submit(() -> attack(attack, true))));
            beforeTls().forEach((name, attack) -> running.put(name, threads.submit(() -> attack(attack, false))));
            for (var each : running.entrySet()) {
                assertThat(each.getValue()).as(each.getKey()).succeedsWithin(Duration.ofMinutes(2));
            }
        }
    }

    private Void attack(Attack attack, boolean tls) throws IOException {
        try (var connection = tls ? RawTls.patiently(port) : RawTls.plain(port)) {
            attack.on(connection);
            connection.readUntilClosed(DEADLINE);
            return null;
        }
    }

    private void assertServing(int at) throws Exception {
        var response = post(
                at,
                "/mutate",
                EvilReviews.review("{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {},"
                        + " \"spec\": {\"containers\": [{\"name\": \"a\"}]}}"));
        assertThat(response.body()).contains("\"allowed\":true").contains("\"patch\"");
    }

    private HttpResponse<String> post(int at, String path, byte[] body) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create("https://localhost:" + at + path))
                .header("Content-Type", "application/json")
                .timeout(DEADLINE)
                .POST(BodyPublishers.ofByteArray(body));
        return client.send(request.build(), BodyHandlers.ofString());
    }
}
