// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.envoy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.selvedge.compiler.envoy.ClientServices.Members;
import dev.selvedge.compiler.model.AppProtocol;
import dev.selvedge.compiler.model.DestinationView;
import dev.selvedge.compiler.model.EndpointsView.Endpoint;
import dev.selvedge.compiler.model.EndpointsView.ZoneUse;
import dev.selvedge.compiler.model.ServiceView.Pool;
import dev.selvedge.compiler.model.ServiceView.Port;
import dev.selvedge.compiler.model.ServiceView.Proxied;
import dev.selvedge.compiler.model.ServiceView.Retry;
import dev.selvedge.compiler.model.ServiceView.Route;
import dev.selvedge.compiler.model.Upstream;
import dev.selvedge.compiler.snapshot.Connections;
import dev.selvedge.compiler.snapshot.LoadBalancing;
import dev.selvedge.compiler.snapshot.LoadBalancing.Algorithm;
import dev.selvedge.compiler.snapshot.LoadBalancing.HashKey;
import dev.selvedge.compiler.snapshot.LoadBalancing.Locality;
import dev.selvedge.compiler.snapshot.TrafficPolicy;
import dev.selvedge.compiler.translate.Translate;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a client's proxy does with the endpoints of a Service: the choice among them, limits, connections. */
@Tag("envoy")
final class EndpointUseTest {
    private static final int ROUND_ROBIN = FreePorts.any();
    private static final int RING = FreePorts.any();
    private static final int MAGLEV = FreePorts.any();
    private static final int SHORT_LIVED = FreePorts.any();
    private static final int KEPT = FreePorts.any();
    private static final int RETRIED = FreePorts.any();
    private static final int NEAR = FreePorts.any();
    private static final int SPILLING = FreePorts.any();
    private static final int WEIGHTED = FreePorts.any();
    private static final int STREAM = FreePorts.any();
    private static final int LIFETIME = FreePorts.any();
    private static final int NOBODY = FreePorts.any();

    private static AdsServer ads;
    private static List<Application> applications;
    private static GreetingServer greeting;
    private static TestProxy client;

    @BeforeAll
    static void start(@TempDir Path folder) throws IOException {
        ads = new AdsServer();
        applications = List.of(new Application("one"), new Application("two"), new Application("three"));
        client = new TestProxy(ads, "client", folder);
        var services = new ClientServices(client);
        var all = applications.stream().map(Application::port).toList();
        var roundRobin = balancing(Algorithm.ROUND_ROBIN, List.of(), Optional.empty());
        service(services, "rr", ROUND_ROBIN, roundRobin, List.of(), all.toArray(Integer[]::new));
        var keys = List.of(
                key(HashKey.Type.HEADER, "x-user"),
                new HashKey(HashKey.Type.COOKIE, Optional.of("session"), Optional.of(Duration.ofHours(1))));
        var ring = balancing(Algorithm.RING_HASH, keys, Optional.empty());
        service(services, "ring", RING, ring, keys, all.toArray(Integer[]::new));
        var query = List.of(key(HashKey.Type.QUERY, "user"));
        var maglev = balancing(Algorithm.MAGLEV, query, Optional.empty());
        service(services, "maglev", MAGLEV, maglev, query, all.toArray(Integer[]::new));
        service(services, "short", SHORT_LIVED, connections(Optional.of(1)), List.of(), all.getFirst());
        service(services, "kept", KEPT, connections(Optional.empty()), List.of(), all.getFirst());
        var retries = new Retry(
                1,
                List.of(TrafficPolicy.RetryOn.GRPC_UNAVAILABLE),
                List.of(),
                List.of(429),
                Optional.empty(),
                Optional.empty(),
                Optional.of(new TrafficPolicy.RateLimitedBackoff(
                        List.of(new TrafficPolicy.ResetHeader("Retry-After", TrafficPolicy.ResetHeader.Format.SECONDS)),
                        Duration.ofSeconds(10))));
        services.http(
                "retried",
                RETRIED,
                Upstream.DEFAULT,
                List.of(ClientServices.everything("retried", RETRIED, retries, List.of())),
                ClientServices.members(all.getFirst()));
        zones(services, all);
        var streamed = new Route(
                "streamed",
                List.of(),
                List.of(ClientServices.to(ClientServices.cluster("streamed", STREAM), 1)),
                Optional.empty(),
                Optional.empty(),
                Optional.of(Duration.ofMillis(500)),
                ClientServices.NO_RETRY,
                List.of(),
                false);
        services.http("streamed", STREAM, Upstream.DEFAULT, List.of(streamed), ClientServices.members(all.getFirst()));
        passedThrough(services);
        client.start();
    }

    private static void passedThrough(ClientServices services) throws IOException {
        greeting = new GreetingServer();
        var shortLived = Upstream.DEFAULT.with(new Connections(
                Optional.empty(),
                Optional.empty(),
                Optional.of(Duration.ofSeconds(1)),
                Optional.empty(),
                Optional.empty(),
                Optional.empty()));
        var members = ClientServices.members(greeting.port());
        services.tcp(
                LIFETIME,
                new DestinationView.ServicePort(
                        ClientServices.cluster("passed", LIFETIME), members.pool(), shortLived, new TreeSet<>()),
                members.endpoints());
        var port = new Port(
                LIFETIME,
                AppProtocol.OPAQUE,
                List.of(),
                List.of(members.pool()),
                Optional.empty(),
                shortLived,
                new TreeSet<>());
        client.listen(Translate.opaqueListener(port, "127.0.0.1"), LIFETIME);
    }

    /** The first application is in zone a, the second in b, the third in c. */
    private static void zones(ClientServices services, List<Integer> ports) {
        var near = Map.of("a", new ZoneUse(0, 0), "b", new ZoneUse(1, 0), "c", new ZoneUse(2, 0));
        zones(services, "near", NEAR, Upstream.DEFAULT, near, ports);
        zones(
                services,
                "spilling",
                SPILLING,
                OutliersTest.leavingOut(OutliersTest.Detectors.localFailures(1)),
                near,
                List.of(NOBODY, ports.get(1), ports.get(2)));
        var byWeight = new Locality(
                Locality.Mode.WEIGHTED, List.of(), List.of(new Locality.Weights("a", Map.of("a", 80, "b", 20))));
        zones(
                services,
                "weighted",
                WEIGHTED,
                Upstream.DEFAULT.with(new LoadBalancing(
                        Optional.empty(), List.of(), Optional.empty(), Optional.empty(), Optional.of(byWeight))),
                Map.of("a", new ZoneUse(0, 80), "b", new ZoneUse(0, 20), "c", new ZoneUse(1, 1)),
                ports);
    }

    private static void zones(
            ClientServices services,
            String name,
            int port,
            Upstream upstream,
            Map<String, ZoneUse> zones,
            List<Integer> ports) {
        var members = IntStream.range(0, ports.size())
                .mapToObj(i -> new Endpoint(
                        "127.0.0.1",
                        ports.get(i),
                        false,
                        false,
                        List.of("a", "b", "c").get(i)))
                .toList();
        services.http(
                name,
                port,
                upstream,
                List.of(ClientServices.everything(name, port, ClientServices.NO_RETRY, List.of())),
                new Members(new Pool(Optional.empty(), new TreeSet<>(), Proxied.NONE), members, zones));
    }

    @AfterAll
    static void stop() {
        client.close();
        greeting.close();
        applications.forEach(Application::close);
        ads.close();
    }

    @Test
    void round_robin_takes_one_after_the_other() {
        assertThat(names(ROUND_ROBIN, "/", 30).stream().sorted().distinct()).hasSize(3);
        var answers = names(ROUND_ROBIN, "/", 30);
        for (int i = 3; i < answers.size(); i++) {
            assertThat(answers.get(i)).isEqualTo(answers.get(i - 3));
        }
    }

    @Test
    void the_same_header_leads_to_the_same_endpoint() {
        var chosen = new TreeSet<String>();
        for (int user = 0; user < 20; user++) {
            var header = "user-" + user;
            var mine = IntStream.range(0, 5)
                    .mapToObj(_ -> name(Call.get(RING, "/").with("x-user", header)))
                    .distinct()
                    .toList();
            assertThat(mine).hasSize(1);
            chosen.addAll(mine);
        }
        assertThat(chosen).hasSizeGreaterThan(1);
    }

    @Test
    void a_caller_without_the_header_is_given_a_cookie_that_leads_to_the_same_endpoint() {
        var first = Call.get(RING, "/").plain();
        var cookie = first.text()
                .lines()
                .filter(line -> line.startsWith("set-cookie: session="))
                .map(line -> line.substring("set-cookie: ".length()).split(";", 2)[0])
                .findFirst()
                .orElseThrow();
        assertThat(first.text()).contains("Max-Age=3600", "Path=/");

        var again = IntStream.range(0, 10)
                .mapToObj(_ -> name(Call.get(RING, "/").with("cookie", cookie)))
                .distinct();

        assertThat(again).containsExactly(name(first));
    }

    @Test
    void the_same_query_parameter_leads_to_the_same_endpoint() {
        assertThat(names(MAGLEV, "/?user=alice", 10).stream().distinct()).hasSize(1);
        assertThat(IntStream.range(0, 30)
                        .mapToObj(user -> name(Call.get(MAGLEV, "/?user=" + user)))
                        .distinct())
                .hasSize(3);
    }

    @Test
    void a_connection_serves_as_many_requests_as_it_may() {
        assertThat(connections(SHORT_LIVED)).hasSize(4);
        assertThat(connections(KEPT)).hasSize(1);
    }

    @Test
    void a_retry_waits_as_long_as_the_answer_asks_for() {
        var start = System.nanoTime();

        assertThat(Call.get(RETRIED, "/limited").plain().status()).isEqualTo(200);

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(950));
    }

    @Test
    void the_log_says_how_often_a_request_was_sent() {
        assertThat(Call.get(RETRIED, "/status/429").plain().status()).isEqualTo(429);

        await().untilAsserted(() -> assertThat(client.log().lines())
                .filteredOn(line -> line.contains("\"path\":\"/status/429\""))
                .singleElement()
                .asString()
                .contains("\"attempts\":2"));
    }

    @Test
    void a_status_of_grpc_is_retried() {
        int before = applications.getFirst().requests();

        assertThat(Call.get(RETRIED, "/grpc/14")
                        .with("content-type", "application/grpc")
                        .plain()
                        .text())
                .contains("grpc-status: 14");

        assertThat(applications.getFirst().requests() - before).isEqualTo(2);
    }

    @Test
    void endpoints_of_the_own_zone_come_first_and_the_next_zone_when_they_fail() {
        assertThat(names(NEAR, "/", 20)).containsOnly("one");

        awaitServed(SPILLING);
        assertThat(names(SPILLING, "/", 20)).containsOnly("two");
    }

    @Test
    void zones_share_by_weight() {
        var first = names(WEIGHTED, "/", 400).stream()
                .peek(name -> assertThat(name).isNotEqualTo("three"))
                .filter("one"::equals)
                .count();

        // 400 draws of 0.8: mean 320, standard deviation 8; five of them to either side.
        assertThat(first).isBetween(280L, 360L);
    }

    @Test
    void a_stream_ends_at_its_limit() {
        assertThat(Call.get(STREAM, "/slow").plain().status()).isIn(408, 504);
        assertThat(Call.get(STREAM, "/").plain().status()).isEqualTo(200);
    }

    @Test
    void a_connection_that_is_passed_through_ends_at_its_age() throws IOException {
        var start = System.nanoTime();
        try (var socket = Call.connect(LIFETIME)) {
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .isEqualTo(GreetingServer.GREETING);
        }
        assertThat(Duration.ofNanos(System.nanoTime() - start))
                .isBetween(Duration.ofMillis(900), Duration.ofSeconds(8));
    }

    /** An ejection reaches the thread that serves a moment after the answer that caused it. */
    private static void awaitServed(int port) {
        await().atMost(Duration.ofSeconds(10)).until(() -> IntStream.range(0, 5)
                .allMatch(_ -> Call.get(port, "/").plain().status() == 200));
    }

    private static List<String> connections(int port) {
        return IntStream.range(0, 4)
                .mapToObj(_ -> Call.get(port, "/").plain().text().lines())
                .flatMap(lines -> lines.filter(line -> line.matches("connection: [0-9]+")))
                .distinct()
                .toList();
    }

    private static List<String> names(int port, String path, int calls) {
        return IntStream.range(0, calls)
                .mapToObj(_ -> name(Call.get(port, path)))
                .toList();
    }

    private static String name(Call call) {
        return name(call.plain());
    }

    private static String name(Call.Answer answer) {
        assertThat(answer.status()).isEqualTo(200);
        var text = answer.text();
        return text.substring(text.indexOf("\r\n\r\n") + 4).split(" ", 2)[0];
    }

    private static HashKey key(HashKey.Type type, String name) {
        return new HashKey(type, Optional.of(name), Optional.empty());
    }

    private static Upstream balancing(Algorithm algorithm, List<HashKey> hash, Optional<Duration> warmup) {
        return Upstream.DEFAULT.with(
                new LoadBalancing(Optional.of(algorithm), hash, warmup, Optional.empty(), Optional.empty()));
    }

    private static Upstream connections(Optional<Integer> maxRequests) {
        return Upstream.DEFAULT.with(new Connections(
                Optional.empty(),
                Optional.of(Duration.ofMinutes(5)),
                Optional.of(Duration.ofMinutes(5)),
                maxRequests,
                Optional.empty(),
                Optional.empty()));
    }

    private static void service(
            ClientServices services,
            String name,
            int port,
            Upstream upstream,
            List<HashKey> hash,
            Integer... endpoints) {
        services.http(
                name,
                port,
                upstream,
                List.of(ClientServices.everything(name, port, ClientServices.NO_RETRY, hash)),
                ClientServices.members(endpoints));
    }
}
