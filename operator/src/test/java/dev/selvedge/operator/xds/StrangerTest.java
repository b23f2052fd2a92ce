// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.xds;

import static dev.selvedge.compiler.resource.ResourceType.CLUSTER;
import static dev.selvedge.operator.fuzz.Http2.CONTINUATION;
import static dev.selvedge.operator.fuzz.Http2.DATA;
import static dev.selvedge.operator.fuzz.Http2.END_HEADERS;
import static dev.selvedge.operator.fuzz.Http2.HEADERS;
import static dev.selvedge.operator.fuzz.Http2.PING;
import static dev.selvedge.operator.fuzz.Http2.RST_STREAM;
import static dev.selvedge.operator.fuzz.Http2.SETTINGS;
import static dev.selvedge.operator.fuzz.Http2.WINDOW_UPDATE;
import static dev.selvedge.operator.fuzz.Http2.call;
import static dev.selvedge.operator.fuzz.Http2.frame;
import static dev.selvedge.operator.fuzz.Http2.header;
import static dev.selvedge.operator.fuzz.Http2.join;
import static dev.selvedge.operator.fuzz.Http2.preface;
import static dev.selvedge.operator.fuzz.Http2.times;
import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.operator.fuzz.RawTls;
import dev.selvedge.operator.fuzz.ResourceUse;
import dev.selvedge.operator.fuzz.Seeds;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a stranger can do to the xDS port: nothing that lasts. */
final class StrangerTest {
    private static final int CONNECTIONS = 64;

    /** The longest patience of the fixture, and what a busy machine adds. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private XdsFixture fixture;
    private String token;

    /** Sends what it likes on a connection of its own. */
    private interface Attack {
        void on(RawTls connection) throws IOException;
    }

    @BeforeEach
    void aServerThatIsQuicklyTiredOfPeople() throws Exception {
        fixture = new XdsFixture(new XdsServer.Limits(
                        CONNECTIONS, Duration.ofSeconds(5), Duration.ofSeconds(1), Duration.ofSeconds(10)))
                .open();
        token = fixture.token(fixture.pod("shop", "client", "buyer"));
        fixture.put(DeltaAdsTest.resource(CLUSTER, "passthrough", "1"));
    }

    @AfterEach
    void stop() {
        fixture.close();
    }

    private static Map<String, Attack> afterTls() {
        var attacks = new TreeMap<String, Attack>();
        attacks.put("silence", connection -> {});
        attacks.put("half a preface", connection -> connection.send("PRI * HTTP/2.0\r\n\r\n"));
        attacks.put("HTTP/1.1", connection -> connection.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
        attacks.put("the preface and silence", connection -> connection.send(preface()));
        attacks.put("a flood of settings", frames(times(50_000, frame(SETTINGS, 0, 0, new byte[] {0, 3, 0, 0, 0, 1}))));
        attacks.put("a flood of pings", frames(times(50_000, frame(PING, 0, 0, new byte[8]))));
        attacks.put("a flood of unknown frames", frames(times(50_000, frame(0xfe, 0, 0))));
        attacks.put("data on no stream", frames(frame(DATA, 0, 1, new byte[100])));
        attacks.put("a window of nothing", frames(frame(WINDOW_UPDATE, 0, 0, new byte[4])));
        attacks.put(
                "windows that overflow",
                frames(times(3, frame(WINDOW_UPDATE, 0, 0, (byte) 127, (byte) -1, (byte) -1, (byte) -1))));
        attacks.put("a frame larger than allowed", frames(frame(DATA, 0, 1, new byte[1 << 20])));
        attacks.put("a call without a token", frames(call(1)));
        attacks.put("calls with bad tokens", frames(calls(200, false)));
        attacks.put("calls that are taken back", frames(calls(20_000, true)));
        attacks.put("empty data without end", frames(join(call(1), times(50_000, frame(DATA, 0, 1)))));
        attacks.put(
                "a message before authentication",
                frames(join(call(1), times(200, frame(DATA, 0, 1, new byte[16 << 10])))));
        attacks.put("headers of a megabyte", frames(call(1, "x", "y".repeat(1 << 20))));
        attacks.put("headers without end", frames(continuations(16 << 10, 2_000)));
        attacks.put("headers without end, empty", frames(continuations(0, 50_000)));
        attacks.put(
                "headers that are not ASCII",
                frames(call(1, "authorization", "Bearer \u00ff\u00fe\u0000\u0001", "\u00e9", "\u00e9")));
        attacks.put(
                "a broken header block", frames(frame(HEADERS, END_HEADERS, 1, new byte[] {-1, -1, -1, -1, -1, -1})));
        attacks.put(
                "a header table that grows",
                frames(frame(
                        HEADERS, END_HEADERS, 1, (byte) 0x3f, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0x7f)));
        attacks.put("even streams", frames(call(2)));
        attacks.put("one byte at a time", StrangerTest::drip);
        return attacks;
    }

    private static Map<String, Attack> beforeTls() {
        var attacks = new TreeMap<String, Attack>();
        attacks.put("silence before TLS", connection -> {});
        attacks.put("no TLS", connection -> connection.send(preface()));
        attacks.put("half a hello", connection -> connection.send(new byte[] {22, 3, 1, 2, 0, 1, 0, 1, -4, 3, 3}));
        attacks.put(
                "a hello without end",
                connection -> connection.send(times(1_000, join(new byte[] {22, 3, 1, 64, 0}, new byte[16384]))));
        attacks.put("noise", connection -> connection.send(noise(new Random(1), 100_000)));
        return attacks;
    }

    private static Attack frames(byte[] frames) {
        return connection -> {
            connection.send(preface());
            connection.send(frames);
        };
    }

    private static byte[] calls(int count, boolean takenBack) {
        return join(IntStream.range(0, count)
                .mapToObj(i -> join(
                        call(2 * i + 1, "authorization", "Bearer bad" + i),
                        takenBack ? frame(RST_STREAM, 0, 2 * i + 1, new byte[] {0, 0, 0, 8}) : new byte[0]))
                .toArray(byte[][]::new));
    }

    private static byte[] continuations(int size, int count) {
        var part = size == 0 ? new byte[0] : header("x", "y".repeat(size - 10));
        return join(frame(HEADERS, 0, 1, header(":method", "POST")), times(count, frame(CONTINUATION, 0, 1, part)));
    }

    private static void drip(RawTls connection) {
        for (byte each : join(preface(), call(1))) {
            if (!connection.send(new byte[] {each})) {
                return;
            }
        }
    }

    private static byte[] noise(Random random, int length) {
        var bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    @Test
    void every_attack_ends_and_leaves_nothing_behind() throws Exception {
        attackAllAtOnce();
        assertServing();
        var before = ResourceUse.now();
        attackAllAtOnce();
        assertServing();
        before.assertFlat();
        // 200 calls with a bad token, and as many of those taken back as fit into the window of resets.
        assertThat(fixture.failures("invalid-token")).isLessThan(2 * (200 + 16 + 110));
        assertThat(fixture.refused("unauthenticated")).isPositive();
        assertThat(fixture.meters.get("selvedge.xds.streams.ended").counters()).isNotEmpty();
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
        try (var connection = tls ? RawTls.patiently(fixture.port(), "h2") : RawTls.plain(fixture.port())) {
            attack.on(connection);
            connection.readUntilClosed(PATIENCE);
            return null;
        }
    }

    @Test
    void without_http2_in_the_handshake_there_is_no_connection() throws Exception {
        try (var connection = RawTls.tls(fixture.port())) {
            connection.send(preface());
            connection.readUntilClosed(PATIENCE);
        } catch (IOException refused) {
            assertThat(refused).isInstanceOf(javax.net.ssl.SSLException.class);
        }
        assertServing();
    }

    @Test
    void connections_over_the_limit_are_closed_before_they_cost_anything() throws Exception {
        var open = new ArrayList<RawTls>();
        try {
            for (int i = 0; i < CONNECTIONS + 50; i++) {
                open.add(RawTls.plain(fixture.port()));
            }
            Await.until(() -> fixture.refused("too-many-connections") >= 50);
            assertThat(fixture.refused("too-many-connections")).isEqualTo(50);
            for (var over : open.subList(CONNECTIONS, open.size())) {
                assertThat(over.readUntilClosed(PATIENCE)).isEmpty();
            }
        } finally {
            for (var each : open) {
                each.close();
            }
        }
        assertServing();
    }

    @Test
    void who_has_proved_himself_stays() throws Exception {
        try (var proxy = XdsClient.of(fixture, token);
                var stranger = RawTls.patiently(fixture.port(), "h2")) {
            assertThat(proxy.subscribe(CLUSTER).take()).isEqualTo("CLUSTER passthrough@1");
            stranger.send(join(preface(), call(1)));
            stranger.readUntilClosed(PATIENCE);
            assertThat(proxy.isOpen()).isTrue();
            assertThat(proxy.drain()).isEmpty();
        }
    }

    @Test
    void random_frames_end_nothing_but_their_own_connection() throws Exception {
        Seeds.each("random frames", 12, random -> {
            try (var connection =
                    random.nextInt(8) == 0 ? RawTls.plain(fixture.port()) : RawTls.tls(fixture.port(), "h2")) {
                connection.send(join(random.nextInt(8) == 0 ? new byte[0] : preface(), randomFrames(random)));
            }
            if (random.nextInt(20) == 0) {
                assertServing();
            }
        });
        assertServing();
    }

    private static byte[] randomFrames(Random random) {
        var frames = Stream.generate(() -> randomFrame(random)).limit(1 + random.nextInt(40));
        return join(frames.toArray(byte[][]::new));
    }

    private static byte[] randomFrame(Random random) {
        var stream = random.nextInt(12);
        var valid = call(stream, "authorization", "Bearer " + random.nextInt());
        return switch (random.nextInt(4)) {
            case 0 -> valid;
            case 1 -> mutated(random, valid);
            case 2 -> noise(random, random.nextInt(64));
            default ->
                ByteBuffer.wrap(frame(
                                random.nextInt(11), random.nextInt(256), stream, noise(random, random.nextInt(300))))
                        .array();
        };
    }

    private static byte[] mutated(Random random, byte[] bytes) {
        for (int i = 0; i <= random.nextInt(5); i++) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        }
        return bytes;
    }

    /** A proxy with a good token gets what it asks for. */
    private void assertServing() throws Exception {
        try (var proxy = XdsClient.of(fixture, token)) {
            assertThat(proxy.subscribe(CLUSTER).take()).isEqualTo("CLUSTER passthrough@1");
        }
    }
}
