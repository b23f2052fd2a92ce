// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.envoy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.selvedge.compiler.envoy.ClientServices.Members;
import dev.selvedge.compiler.model.ServiceView.Route;
import dev.selvedge.compiler.model.Upstream;
import dev.selvedge.compiler.policy.release.Versions;
import dev.selvedge.compiler.snapshot.LoadBalancing.HashKey;
import dev.selvedge.compiler.snapshot.Release;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which version of a Service gets a request. */
@Tag("envoy")
final class ReleaseTest {
    private static final int CANARY = FreePorts.any();
    private static final int BY_HEADER = FreePorts.any();
    private static final int BY_COOKIE = FreePorts.any();
    private static final int COLOURS = FreePorts.any();
    private static final int CALLERS = 300;

    private static AdsServer ads;
    private static Application stable;
    private static Application next;
    private static TestProxy client;
    private static ClientServices services;

    @BeforeAll
    static void start(@TempDir Path folder) throws IOException {
        ads = new AdsServer();
        stable = new Application("stable");
        next = new Application("next");
        client = new TestProxy(ads, "client", folder);
        services = new ClientServices(client);
        serve("canary", CANARY, canary(20, Optional.empty()));
        serve("header", BY_HEADER, canary(20, Optional.of(HashKey.Type.HEADER)));
        serve("cookie", BY_COOKIE, canary(50, Optional.of(HashKey.Type.COOKIE)));
        serve("colours", COLOURS, new Release.BlueGreen("v1", "v2", "v1"));
        client.start();
    }

    @AfterAll
    static void stop() {
        client.close();
        next.close();
        stable.close();
        ads.close();
    }

    @Test
    void the_next_version_gets_its_percent() {
        var chosen = IntStream.range(0, 400)
                .filter(_ -> isNext(Call.get(CANARY, "/")))
                .count();

        // 400 draws of 0.2: mean 80, standard deviation 8; five of them to either side.
        assertThat(chosen).isBetween(40L, 120L);
    }

    @Test
    void a_caller_stays_with_its_version_also_when_the_share_grows() {
        var first = atNext(BY_HEADER);
        assertThat(atNext(BY_HEADER)).isEqualTo(first);
        // 300 draws of 0.2: mean 60, standard deviation 7; five of them to either side.
        assertThat(first.size()).isBetween(25, 95);

        serve("header", BY_HEADER, canary(60, Optional.of(HashKey.Type.HEADER)));
        await().atMost(Duration.ofSeconds(10)).until(() -> atNext(BY_HEADER).size() > CALLERS / 3);

        assertThat(atNext(BY_HEADER)).containsAll(first);
        serve("header", BY_HEADER, canary(0, Optional.of(HashKey.Type.HEADER)));
        await().atMost(Duration.ofSeconds(10)).until(() -> atNext(BY_HEADER).isEmpty());
    }

    @Test
    void a_cookie_of_the_application_tells_callers_apart() {
        var versions = new TreeSet<Boolean>();
        for (int user = 0; user < 30; user++) {
            var cookie = "a=b; session=user-" + user;
            var mine = IntStream.range(0, 4)
                    .mapToObj(_ -> isNext(Call.get(BY_COOKIE, "/").with("cookie", cookie)))
                    .distinct()
                    .toList();
            assertThat(mine).hasSize(1);
            versions.addAll(mine);
        }
        assertThat(versions).hasSize(2);
    }

    @Test
    void one_field_switches_the_colour_and_back_and_no_request_fails() {
        for (var active : List.of("v2", "v1", "v2", "v1")) {
            serve("colours", COLOURS, new Release.BlueGreen("v1", "v2", active));
            await().atMost(Duration.ofSeconds(10)).until(() -> isNext(Call.get(COLOURS, "/")) == active.equals("v2"));
            assertThat(IntStream.range(0, 20).mapToObj(_ -> isNext(Call.get(COLOURS, "/"))))
                    .containsOnly(active.equals("v2"));
        }
    }

    private static Set<Integer> atNext(int port) {
        return IntStream.range(0, CALLERS)
                .filter(user -> isNext(Call.get(port, "/").with("x-user", "user-" + user)))
                .boxed()
                .collect(Collectors.toSet());
    }

    private static boolean isNext(Call call) {
        var answer = call.plain();
        assertThat(answer.status()).isEqualTo(200);
        return answer.text().contains("\r\n\r\nnext ");
    }

    private static Release canary(int percent, Optional<HashKey.Type> sticky) {
        return new Release.Canary("v1", "v2", percent, sticky.map(ReleaseTest::key));
    }

    private static HashKey key(HashKey.Type type) {
        return new HashKey(type, Optional.of(type == HashKey.Type.HEADER ? "x-user" : "session"), Optional.empty());
    }

    private static void serve(String name, int port, Release release) {
        var sticky = release instanceof Release.Canary canary ? canary.sticky() : Optional.<HashKey>empty();
        var backends = Versions.of(release).stream()
                .map(backend -> ClientServices.to(
                        ClientServices.cluster(name, port, backend.subset().orElseThrow()), backend.weight()))
                .toList();
        var route = new Route(
                "all",
                List.of(),
                backends,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                ClientServices.NO_RETRY,
                sticky.map(List::of).orElse(List.of()),
                sticky.isPresent());
        services.http(
                name,
                port,
                Upstream.DEFAULT,
                List.of(route),
                Members.plaintext("v1", stable.port()),
                Members.plaintext("v2", next.port()));
    }
}
