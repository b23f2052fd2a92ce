// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.envoy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.selvedge.compiler.model.EndpointsView;
import dev.selvedge.compiler.model.Upstream;
import dev.selvedge.compiler.snapshot.LoadBalancing;
import dev.selvedge.compiler.snapshot.LoadBalancing.Algorithm;
import dev.selvedge.compiler.translate.Translate;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How the share of an endpoint grows that has just come. */
@Tag("envoy")
final class WarmUpTest {
    private static final Duration WINDOW = Duration.ofSeconds(3);

    /** What Envoy begins with. */
    private static final double LEAST = 0.1;

    private static final int CALLS = 100;

    private static AdsServer ads;
    private static Application old;
    private static Application young;
    private static TestProxy client;
    private static long started;

    private static final int ROUND_ROBIN = FreePorts.any();
    private static final int LEAST_REQUEST = FreePorts.any();

    @BeforeAll
    static void start(@TempDir Path folder) throws IOException {
        ads = new AdsServer();
        old = new Application("old");
        young = new Application("young");
        client = new TestProxy(ads, "client", folder);
        var services = new ClientServices(client);
        for (var algorithm : List.of(Algorithm.ROUND_ROBIN, Algorithm.LEAST_REQUEST)) {
            services.plain(
                    name(algorithm),
                    port(algorithm),
                    Upstream.DEFAULT.with(new LoadBalancing(
                            Optional.of(algorithm),
                            List.of(),
                            Optional.of(WINDOW),
                            Optional.empty(),
                            Optional.empty())),
                    old.port());
        }
        client.start();
        started = System.nanoTime();
    }

    @AfterAll
    static void stop() {
        client.close();
        young.close();
        old.close();
        ads.close();
    }

    /** Requests come one after the other, so of two endpoints neither has more under way, and their weights alone count. */
    @ParameterizedTest
    @EnumSource(names = {"ROUND_ROBIN", "LEAST_REQUEST"})
    void it_begins_with_a_tenth_and_comes_to_its_full_share(Algorithm algorithm) {
        await().atMost(Duration.ofSeconds(10)).until(() -> since(started).compareTo(WINDOW) > 0);
        var cluster = ClientServices.cluster(name(algorithm), port(algorithm));
        var members = ClientServices.members(old.port(), young.port());

        long added = System.nanoTime();
        client.put(Translate.endpoints(cluster.toString(), new EndpointsView(cluster, members.endpoints())));
        await().until(() -> young(port(algorithm), 10) > 0);
        int atFirst = young(port(algorithm), CALLS);

        // It never had more weight than at the end of these calls.
        double weight = Math.max(LEAST, Math.min(1, (double) since(added).toNanos() / WINDOW.toNanos()));
        assertThat((double) atFirst / CALLS)
                .as("share of %s of the weight", weight)
                .isPositive()
                .isLessThanOrEqualTo(weight / (1 + weight) + 0.02);
        assertThat(weight).as("the calls were too slow to tell anything").isLessThan(0.8);

        await().atMost(Duration.ofSeconds(10)).until(() -> young(port(algorithm), CALLS) >= CALLS * 45 / 100);
        assertThat(since(added)).isGreaterThan(WINDOW.multipliedBy(2).dividedBy(3));
    }

    private static int young(int port, int calls) {
        return (int) IntStream.range(0, calls)
                .filter(_ -> Call.get(port, "/").plain().text().contains("\r\n\r\nyoung "))
                .count();
    }

    private static Duration since(long nanos) {
        return Duration.ofNanos(System.nanoTime() - nanos);
    }

    private static int port(Algorithm algorithm) {
        return algorithm == Algorithm.ROUND_ROBIN ? ROUND_ROBIN : LEAST_REQUEST;
    }

    private static String name(Algorithm algorithm) {
        return algorithm == Algorithm.ROUND_ROBIN ? "round-robin" : "least-request";
    }
}
