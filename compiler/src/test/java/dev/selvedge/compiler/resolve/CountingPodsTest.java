// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import static dev.selvedge.compiler.Fixtures.member;
import static dev.selvedge.compiler.Fixtures.meshCountedBy;
import static dev.selvedge.compiler.Fixtures.pod;
import static dev.selvedge.compiler.Fixtures.port;
import static dev.selvedge.compiler.Fixtures.reads;
import static dev.selvedge.compiler.Fixtures.service;
import static dev.selvedge.compiler.Fixtures.shop;
import static dev.selvedge.compiler.Fixtures.slice;
import static dev.selvedge.compiler.Fixtures.trafficPolicy;
import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.diagnostic.Condition;
import dev.selvedge.compiler.diagnostic.Condition.Reason;
import dev.selvedge.compiler.model.PortTraffic.Limit;
import dev.selvedge.compiler.snapshot.Pod;
import dev.selvedge.compiler.snapshot.RateLimit;
import dev.selvedge.compiler.snapshot.RateLimit.Scope;
import dev.selvedge.compiler.snapshot.Reads;
import dev.selvedge.compiler.snapshot.TrafficPolicy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class CountingPodsTest {
    private static final Pod COUNTER = pod("counter", "v1", "10.1.0.1");
    private static final Pod OTHER = pod("other", "v1", "10.1.0.2");
    private static final TrafficPolicy POLICY = trafficPolicy("p", "counter", "alias", "other")
            .rateLimits(limit("all", Scope.GLOBAL), limit("each", Scope.LOCAL))
            .build();

    @Test
    void their_proxies_do_not_ask_about_the_questions_that_they_are_asked() {
        assertThat(limits(COUNTER, 8081)).containsExactly("each");
        assertThat(limits(COUNTER, 8080)).containsExactly("all", "each");
        assertThat(limits(OTHER, 8081)).containsExactly("all", "each");
    }

    @Test
    void a_limit_in_front_of_them_is_refused_by_whatever_service_it_gets_there() {
        assertThat(accepted(cluster(8081)))
                .isEqualTo(Conditions.notAccepted(
                        Reason.UNSUPPORTED_VALUE,
                        sentence("counter") + " " + sentence("alias") + " The rest of this policy applies."));
        assertThat(accepted(cluster(8080)))
                .isEqualTo(Conditions.notAccepted(
                        Reason.UNSUPPORTED_VALUE, sentence("counter") + " The rest of this policy applies."));
    }

    @Test
    void one_that_has_no_pods_yet_is_known_by_its_name() {
        assertThat(accepted(reads(
                        meshCountedBy(shop("counter")),
                        member("shop"),
                        service("counter", "10.96.0.1", port(80, "grpc")),
                        POLICY)))
                .isEqualTo(Conditions.notAccepted(
                        Reason.UNSUPPORTED_VALUE, sentence("counter") + " The rest of this policy applies."));
    }

    private static String sentence(String service) {
        return "Rate limit all has scope Global, and port 80 of Service shop/" + service
                + " leads to who counts for it: each question would be asked about, without end; it does not hold there,"
                + " so use scope Local.";
    }

    private static List<String> limits(Pod pod, int port) {
        var reads = cluster(8081);
        return WorkloadViews.resolve(
                        reads,
                        service -> ServerTraffic.of(reads, ServiceTraffic.of(reads, service), service),
                        pod.name())
                .orElseThrow()
                .traffic()
                .get(port)
                .limits()
                .stream()
                .map(Limit::limit)
                .map(RateLimit::name)
                .toList();
    }

    private static Condition accepted(Reads reads) {
        return Outcomes.of(reads, service -> ServiceTraffic.of(reads, service), _ -> Optional.empty(), POLICY.ref())
                .orElseThrow()
                .conditions()
                .getFirst();
    }

    /** @param alias the port of the counter that its second Service leads to */
    private static Reads cluster(int alias) {
        return reads(
                meshCountedBy(shop("counter")),
                member("shop"),
                service("counter", "10.96.0.1", port(80, "grpc"), port(81, "http")),
                slice("counter", Map.of("grpc", 8081, "http", 8080), COUNTER),
                service("alias", "10.96.0.2", port(80, "grpc")),
                slice("alias", Map.of("grpc", alias), COUNTER),
                service("other", "10.96.0.3", port(80, "grpc")),
                slice("other", Map.of("grpc", 8081), OTHER),
                COUNTER,
                OTHER,
                POLICY);
    }

    private static RateLimit limit(String name, Scope scope) {
        return new RateLimit(
                name, List.of(), scope, List.of(), 1, Duration.ofMinutes(1), Optional.empty(), RateLimit.Mode.ENFORCE);
    }
}
