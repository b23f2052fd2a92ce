// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.envoy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.selvedge.compiler.model.Upstream;
import dev.selvedge.compiler.snapshot.CircuitBreaking;
import dev.selvedge.compiler.snapshot.CircuitBreaking.FailurePercentage;
import dev.selvedge.compiler.snapshot.CircuitBreaking.Outliers;
import dev.selvedge.compiler.snapshot.CircuitBreaking.SuccessRate;
import dev.selvedge.compiler.snapshot.LoadBalancing;
import dev.selvedge.compiler.snapshot.LoadBalancing.Algorithm;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which endpoints a client's proxy leaves out by what it sees of them, and for how long. */
@Tag("envoy")
final class OutliersTest {
    private static final int IN_A_ROW = FreePorts.any();
    private static final int GATEWAY_ERRORS = FreePorts.any();
    private static final int NO_GATEWAY_ERRORS = FreePorts.any();
    private static final int LOCAL_FAILURES = FreePorts.any();
    private static final int SUCCESS_RATE = FreePorts.any();
    private static final int FAILURE_PERCENTAGE = FreePorts.any();
    private static final int LOCAL_PERCENTAGE = FreePorts.any();
    private static final int ONE_AT_MOST = FreePorts.any();
    private static final int ALL_BUT_ONE = FreePorts.any();
    private static final int BRIEF = FreePorts.any();
    private static final int NOBODY = FreePorts.any();

    private static final Duration LONG = Duration.ofMinutes(5);

    private static AdsServer ads;
    private static List<Application> healthy;
    private static Application failing;
    private static Application failingToo;
    private static Application broken;
    private static TestProxy client;

    /** What looks for outliers. */
    record Detectors(
            Optional<Integer> consecutive5xx,
            Optional<Integer> consecutiveGatewayErrors,
            Optional<Integer> consecutiveLocalFailures,
            Optional<SuccessRate> successRate,
            Optional<FailurePercentage> failurePercentage) {
        private static final Detectors NONE =
                new Detectors(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

        static Detectors consecutive5xx(int count) {
            return new Detectors(
                    Optional.of(count), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
        }

        static Detectors gatewayErrors(int count) {
            return new Detectors(
                    Optional.empty(), Optional.of(count), Optional.empty(), Optional.empty(), Optional.empty());
        }

        static Detectors localFailures(int count) {
            return NONE.withLocalFailures(count);
        }

        static Detectors of(SuccessRate rate) {
            return new Detectors(
                    Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(rate), Optional.empty());
        }

        static Detectors of(FailurePercentage percentage) {
            return new Detectors(
                    Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(percentage));
        }

        Detectors withLocalFailures(int count) {
            return new Detectors(
                    consecutive5xx, consecutiveGatewayErrors, Optional.of(count), successRate, failurePercentage);
        }

        Outliers outliers(Duration interval, Duration ejection, int maxEjectedPercent) {
            return new Outliers(
                    consecutive5xx,
                    consecutiveGatewayErrors,
                    consecutiveLocalFailures,
                    successRate,
                    failurePercentage,
                    interval,
                    ejection,
                    LONG,
                    maxEjectedPercent);
        }
    }

    /** As a policy says that gives the detectors alone, but the detectors that count in intervals need not wait long. */
    static Upstream leavingOut(Detectors detectors) {
        return leavingOut(detectors.outliers(Duration.ofMillis(200), LONG, 10));
    }

    private static Upstream leavingOut(Outliers outliers) {
        return Upstream.DEFAULT.with(
                new CircuitBreaking(Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(outliers)));
    }

    @BeforeAll
    static void start(@TempDir Path folder) throws IOException {
        ads = new AdsServer();
        healthy = new ArrayList<>();
        for (var name : List.of("one", "two", "three", "four")) {
            healthy.add(new Application(name));
        }
        failing = new Application("failing", 503);
        failingToo = new Application("failing-too", 503);
        broken = new Application("broken", 500);
        client = new TestProxy(ads, "client", folder);
        var services = new ClientServices(client);
        int one = healthy.get(0).port();
        int two = healthy.get(1).port();
        int fails = failing.port();
        services.plain("row", IN_A_ROW, leavingOut(Detectors.consecutive5xx(2)), one, fails);
        services.plain("gateway", GATEWAY_ERRORS, leavingOut(Detectors.gatewayErrors(2)), one, fails);
        services.plain("no-gateway", NO_GATEWAY_ERRORS, leavingOut(Detectors.gatewayErrors(2)), one, broken.port());
        services.plain("local", LOCAL_FAILURES, leavingOut(Detectors.localFailures(1)), one, NOBODY);
        services.plain(
                "rate",
                SUCCESS_RATE,
                leavingOut(Detectors.of(new SuccessRate(190, 5, 2))),
                Stream.concat(healthy.stream(), Stream.of(failing))
                        .map(Application::port)
                        .toArray(Integer[]::new));
        var percentage = Detectors.of(new FailurePercentage(75, 2, 2));
        services.plain("percentage", FAILURE_PERCENTAGE, leavingOut(percentage), one, two, fails);
        // So many in a row that it is never this detector.
        services.plain(
                "local-percentage",
                LOCAL_PERCENTAGE,
                leavingOut(percentage.withLocalFailures(10_000)),
                one,
                two,
                NOBODY);
        ejecting(services, "one-at-most", ONE_AT_MOST, 34);
        ejecting(services, "all-but-one", ALL_BUT_ONE, 67);
        services.plain(
                "brief",
                BRIEF,
                leavingOut(Detectors.consecutive5xx(1).outliers(Duration.ofMillis(100), Duration.ofMillis(500), 10)),
                one,
                fails);
        client.start();
    }

    /** Two of three fail; never all are used because too few are healthy. */
    private static void ejecting(ClientServices services, String name, int port, int maxEjectedPercent) {
        services.plain(
                name,
                port,
                leavingOut(Detectors.consecutive5xx(1).outliers(Duration.ofMillis(200), LONG, maxEjectedPercent))
                        .with(new LoadBalancing(
                                Optional.of(Algorithm.ROUND_ROBIN),
                                List.of(),
                                Optional.empty(),
                                Optional.of(0),
                                Optional.empty())),
                healthy.getFirst().port(),
                failing.port(),
                failingToo.port());
    }

    @AfterAll
    static void stop() {
        client.close();
        Stream.concat(healthy.stream(), Stream.of(failing, failingToo, broken)).forEach(Application::close);
        ads.close();
    }

    @Test
    void envoy_took_everything() {
        assertThat(ads.rejections()).isEmpty();
    }

    @Test
    void an_endpoint_that_keeps_failing_is_left_out() {
        var failed = IntStream.range(0, 30)
                .filter(_ -> Call.get(IN_A_ROW, "/").plain().status() == 503)
                .count();
        // An ejection reaches the thread that serves a moment after the answer that caused it.
        assertThat(failed).isBetween(2L, 10L);

        assertThat(names(IN_A_ROW, "/", 20)).containsOnly("one");
    }

    @Test
    void gateway_errors_are_told_from_other_errors() {
        awaitNames(GATEWAY_ERRORS, "/", names -> names.stream().allMatch("one"::equals));

        // Of 80 draws of 0.5 fewer than 18 fall to one once in a million times.
        assertThat(names(NO_GATEWAY_ERRORS, "/", 80))
                .filteredOn("broken"::equals)
                .hasSizeGreaterThan(17);
    }

    @Test
    void an_endpoint_that_cannot_be_connected_is_left_out() {
        await().until(() -> Call.get(LOCAL_FAILURES, "/").plain().status() == 503);

        awaitNames(LOCAL_FAILURES, "/", names -> names.stream().allMatch("one"::equals));
    }

    @Test
    void an_endpoint_that_succeeds_less_often_than_the_others_is_left_out() {
        assertThat(names(SUCCESS_RATE, "/", 80)).contains("failing");

        awaitNames(SUCCESS_RATE, "/", names -> !names.contains("failing"));

        assertThat(names(SUCCESS_RATE, "/", 80)).doesNotContain("failing").contains("one", "two", "three", "four");
    }

    /** Two fail every second time, which is no reason yet; the third fails always. */
    @Test
    void an_endpoint_whose_share_of_failures_is_too_large_is_left_out() {
        assertThat(names(FAILURE_PERCENTAGE, "/flaky/1", 60)).contains("failing");

        awaitNames(FAILURE_PERCENTAGE, "/flaky/1", names -> !names.contains("failing"));

        var statuses = IntStream.range(0, 80)
                .mapToObj(_ -> Call.get(FAILURE_PERCENTAGE, "/flaky/1").plain().status());
        assertThat(statuses).contains(200, 503);
        assertThat(names(FAILURE_PERCENTAGE, "/flaky/1", 80))
                .doesNotContain("failing")
                .contains("one", "two");
    }

    @Test
    void a_share_of_failed_connections_counts_where_they_are_counted_apart() {
        await().until(() -> Call.get(LOCAL_PERCENTAGE, "/").plain().status() == 503);

        awaitNames(LOCAL_PERCENTAGE, "/", names -> !names.contains(""));

        assertThat(names(LOCAL_PERCENTAGE, "/", 80)).containsOnly("one", "two");
    }

    @Test
    void no_more_endpoints_are_left_out_than_may_be() {
        awaitNames(ALL_BUT_ONE, "/", names -> names.stream().allMatch("one"::equals));

        awaitNames(ONE_AT_MOST, "/", names -> names.stream().distinct().count() == 2 && names.contains("one"));
        assertThat(names(ONE_AT_MOST, "/", 60).stream().distinct()).hasSize(2).contains("one");
    }

    @Test
    void an_endpoint_is_tried_again_after_its_time() {
        awaitNames(BRIEF, "/", names -> names.stream().allMatch("one"::equals));

        awaitNames(BRIEF, "/status/200", names -> names.contains("failing"));
    }

    private static void awaitNames(int port, String path, Predicate<List<String>> expected) {
        await().atMost(Duration.ofSeconds(10)).until(() -> expected.test(names(port, path, 20)));
    }

    /** Who answered; empty when nobody did. */
    private static List<String> names(int port, String path, int calls) {
        return IntStream.range(0, calls)
                .mapToObj(_ -> Call.get(port, path).plain().text())
                .map(text -> text.substring(text.indexOf("\r\n\r\n") + 4))
                .map(body -> body.contains("\nconnection: ") ? body.split(" ", 2)[0] : "")
                .toList();
    }
}
