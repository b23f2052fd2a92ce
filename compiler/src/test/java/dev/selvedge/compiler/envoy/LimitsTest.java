// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.envoy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.selvedge.compiler.model.AppProtocol;
import dev.selvedge.compiler.model.DestinationView;
import dev.selvedge.compiler.model.ServiceView.Port;
import dev.selvedge.compiler.model.ServiceView.Retry;
import dev.selvedge.compiler.model.Upstream;
import dev.selvedge.compiler.snapshot.CircuitBreaking;
import dev.selvedge.compiler.snapshot.Connections;
import dev.selvedge.compiler.snapshot.LoadBalancing;
import dev.selvedge.compiler.snapshot.TrafficPolicy.Budget;
import dev.selvedge.compiler.snapshot.TrafficPolicy.RetryOn;
import dev.selvedge.compiler.translate.Translate;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a client's proxy refuses because it is too much. */
@Tag("envoy")
final class LimitsTest {
    private static final int REQUESTS = FreePorts.any();
    private static final int CONNECTIONS = FreePorts.any();
    private static final int FEW_RETRIES = FreePorts.any();
    private static final int SHARE_OF_RETRIES = FreePorts.any();
    private static final int PASSED_THROUGH = FreePorts.any();

    private static AdsServer ads;
    private static HeldApplication application;
    private static GreetingServer greeting;
    private static TestProxy client;
    private static ExecutorService calls;

    @BeforeAll
    static void start(@TempDir Path folder) throws IOException {
        ads = new AdsServer();
        application = new HeldApplication();
        greeting = new GreetingServer();
        client = new TestProxy(ads, "client", folder);
        calls = Executors.newVirtualThreadPerTaskExecutor();
        var services = new ClientServices(client);
        services.plain(
                "requests", REQUESTS, limits(Optional.empty(), Optional.empty(), Optional.of(1)), application.port());
        services.plain(
                "connections",
                CONNECTIONS,
                limits(Optional.of(1), Optional.of(1), Optional.empty()),
                application.port());
        retried(services, "few", FEW_RETRIES, new Budget(1, 2));
        retried(services, "share", SHARE_OF_RETRIES, new Budget(20, 0));
        passedThrough(services);
        client.start();
    }

    private static void retried(ClientServices services, String name, int port, Budget budget) {
        var retry = new Retry(1, List.of(RetryOn.SERVER_ERROR), List.of(), Optional.empty(), Optional.empty());
        services.http(
                name,
                port,
                new Upstream(
                        LoadBalancing.NONE,
                        CircuitBreaking.NONE,
                        Optional.of(budget),
                        Optional.empty(),
                        Connections.NONE),
                List.of(ClientServices.everything(name, port, retry, List.of())),
                ClientServices.members(application.port()));
    }

    private static void passedThrough(ClientServices services) {
        var one = limits(Optional.of(1), Optional.empty(), Optional.empty());
        var members = ClientServices.members(greeting.port());
        services.tcp(
                PASSED_THROUGH,
                new DestinationView.ServicePort(
                        ClientServices.cluster("passed", PASSED_THROUGH), members.pool(), one, new TreeSet<>()),
                members.endpoints());
        var port = new Port(
                PASSED_THROUGH,
                AppProtocol.OPAQUE,
                List.of(),
                List.of(members.pool()),
                Optional.empty(),
                one,
                new TreeSet<>());
        client.listen(Translate.opaqueListener(port, "127.0.0.1"), PASSED_THROUGH);
    }

    @AfterAll
    static void stop() {
        client.close();
        calls.close();
        greeting.close();
        application.close();
        ads.close();
    }

    @Test
    void a_request_above_the_limit_is_refused_at_once() throws Exception {
        var first = call(REQUESTS, "/requests");
        await().until(() -> application.waiting("/requests") == 1);

        assertThat(Call.get(REQUESTS, "/requests").plain().status()).isEqualTo(503);

        application.answer("/requests", 200);
        assertThat(first.get()).isEqualTo(200);
        var next = call(REQUESTS, "/requests");
        await().until(() -> application.waiting("/requests") == 1);
        application.answer("/requests", 200);
        assertThat(next.get()).isEqualTo(200);
    }

    @Test
    void above_the_limit_of_connections_requests_wait_and_above_that_of_waiting_ones_they_are_refused()
            throws Exception {
        int before = application.connections();
        var first = call(CONNECTIONS, "/connections");
        await().until(() -> application.waiting("/connections") == 1);

        var others = List.of(call(CONNECTIONS, "/connections"), call(CONNECTIONS, "/connections"));
        await().until(() -> done(others).size() == 1);
        assertThat(done(others)).containsExactly(503);
        assertThat(application.waiting("/connections")).isEqualTo(1);
        application.answer("/connections", 200);
        await().until(() -> application.waiting("/connections") == 1);
        application.answer("/connections", 200);

        assertThat(first.get()).isEqualTo(200);
        await().until(() -> done(others).size() == 2);
        assertThat(done(others)).containsExactlyInAnyOrder(200, 503);
        assertThat(application.connections() - before).isEqualTo(1);
        await().until(() -> client.log().contains("\"path\":\"/connections\""));
        assertThat(client.log().lines())
                .filteredOn(line -> line.contains("\"path\":\"/connections\""))
                .singleElement()
                .asString()
                .contains("\"flags\":\"UO\"", "\"status\":503");
    }

    @Test
    void not_more_is_tried_again_at_a_time_than_the_budget_has() throws Exception {
        var all = calls(8, FEW_RETRIES, "/few");

        application.answer("/few", 503);
        await().until(() -> done(all).size() == 6 && application.waiting("/few") == 2);
        application.answer("/few", 200);
        await().until(() -> done(all).size() == 8);

        assertThat(done(all)).filteredOn(status -> status == 200).hasSize(2);
        await().until(() -> client.log().contains("\"path\":\"/few\""));
        assertThat(client.log().lines())
                .filteredOn(line -> line.contains("\"path\":\"/few\""))
                .allSatisfy(line -> assertThat(line).contains("\"flags\":\"UO\"", "\"status\":503"));
    }

    @Test
    void the_budget_grows_with_the_requests_under_way() {
        var busy = calls(20, SHARE_OF_RETRIES, "/busy");
        var failing = calls(10, SHARE_OF_RETRIES, "/failing");

        application.answer("/failing", 503);
        // A fifth of the 20 that stay, of those that are tried again, and of those whose answer is still on its way.
        await().until(() -> done(failing).size() + application.waiting("/failing") == 10);
        assertThat(application.waiting("/failing")).isBetween(4, 6);
        application.answer("/failing", 200);
        application.answer("/busy", 200);

        await().until(() -> done(failing).size() + done(busy).size() == 30);
        assertThat(done(busy)).containsOnly(200);
    }

    @Test
    void a_connection_above_the_limit_is_refused_at_once() throws IOException {
        int before = greeting.connections();
        try (var first = Call.connect(PASSED_THROUGH)) {
            assertThat(first.getInputStream().read()).isEqualTo(GreetingServer.GREETING.charAt(0));
            assertThat(heard()).isEmpty();
            assertThat(greeting.connections() - before).isEqualTo(1);
        }
        // The end of the first reaches the server's side of the proxy a moment later.
        await().until(() -> heard().equals(GreetingServer.GREETING + "you said hello\n"));
        await().until(() ->
                client.log().lines().anyMatch(line -> line.contains("\"flags\":\"UO\"") && line.contains("tcp|")));
    }

    private static String heard() throws IOException {
        try (var socket = Call.connect(PASSED_THROUGH)) {
            socket.getOutputStream().write("hello\n".getBytes(StandardCharsets.UTF_8));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (java.net.SocketException _) {
            return "";
        }
    }

    /** So many calls that all wait for their answer. */
    private static List<Future<Integer>> calls(int count, int port, String path) {
        var all = IntStream.range(0, count).mapToObj(_ -> call(port, path)).toList();
        await().until(() -> application.waiting(path) == count);
        return all;
    }

    private static Future<Integer> call(int port, String path) {
        return calls.submit(() -> Call.get(port, path).plain().status());
    }

    /** What those calls were answered that were. */
    private static List<Integer> done(List<Future<Integer>> calls) {
        return calls.stream()
                .filter(Future::isDone)
                .flatMap(call -> Stream.of(call.resultNow()))
                .toList();
    }

    private static Upstream limits(
            Optional<Integer> connections, Optional<Integer> pending, Optional<Integer> requests) {
        return Upstream.DEFAULT.with(new CircuitBreaking(connections, pending, requests, Optional.empty()));
    }
}
