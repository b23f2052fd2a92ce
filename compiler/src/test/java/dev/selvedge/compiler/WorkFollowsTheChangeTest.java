// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler;

import static dev.selvedge.compiler.Fixtures.member;
import static dev.selvedge.compiler.Fixtures.mesh;
import static dev.selvedge.compiler.Fixtures.port;
import static dev.selvedge.compiler.Fixtures.puts;
import static dev.selvedge.compiler.Fixtures.ready;
import static dev.selvedge.compiler.Fixtures.service;
import static dev.selvedge.compiler.Fixtures.slice;
import static dev.selvedge.compiler.Fixtures.subset;
import static dev.selvedge.compiler.Fixtures.toService;
import static dev.selvedge.compiler.Fixtures.trafficPolicy;
import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.resource.ResourceKey;
import dev.selvedge.compiler.resource.ResourceType;
import dev.selvedge.compiler.snapshot.Change;
import dev.selvedge.compiler.snapshot.EndpointSlice;
import dev.selvedge.compiler.snapshot.Pod;
import dev.selvedge.compiler.snapshot.SnapshotObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The cost of a change is what it affects, whatever else there is. Counted in computations, not in time. */
final class WorkFollowsTheChangeTest {
    private static final Pod CLIENT = Fixtures.pod("client", "v1", "10.1.0.0");

    @Test
    void an_endpoint_of_one_service_costs_the_same_among_ten_and_a_thousand() {
        var few = compiled(10);
        var many = compiled(1000);

        var cost = cost(many, puts(endpoints(7, false)));

        assertThat(cost).isEqualTo(cost(few, puts(endpoints(7, false)))).isLessThanOrEqualTo(10);
    }

    @Test
    void a_policy_of_one_service_costs_the_same_among_ten_and_a_thousand() {
        var policy = puts(trafficPolicy("other", "app7")
                .age(9)
                .retries(Fixtures.retries(1))
                .build());

        assertThat(cost(compiled(1000), policy))
                .isEqualTo(cost(compiled(10), policy))
                .isLessThanOrEqualTo(20);
    }

    @Test
    void a_new_pod_of_one_service_costs_the_same_among_ten_and_a_thousand() {
        var newcomer = puts(Fixtures.pod("app7", "v3", "10.9.9.9"));

        assertThat(cost(compiled(1000), newcomer)).isEqualTo(cost(compiled(10), newcomer));
    }

    @Test
    void what_every_proxy_released_is_kept_by_nobody() {
        var compiler = new IncrementalCompiler();
        compiler.apply(puts(cluster(10)));
        var before = compiler.size();

        for (int i = 0; i < 10; i++) {
            everyResource(i, compiler).forEach(compiler::resource);
        }
        assertThat(compiler.size()).isGreaterThan(before);
        for (int i = 0; i < 10; i++) {
            everyResource(i, compiler).forEach(compiler::release);
        }

        assertThat(compiler.size()).isEqualTo(before);
    }

    private static long cost(IncrementalCompiler compiler, List<Change> changes) {
        var before = compiler.computations();
        compiler.apply(changes);
        return compiler.computations() - before;
    }

    /** A cluster in which everything is asked for: each Service has two pods and a policy of each kind. */
    private static IncrementalCompiler compiled(int services) {
        var compiler = new IncrementalCompiler();
        compiler.apply(puts(cluster(services)));
        List.of(ResourceType.LISTENER, ResourceType.SCOPE, ResourceType.CLUSTER)
                .forEach(type -> compiler.listing(type, CLIENT.name()));
        for (int i = 0; i < services; i++) {
            for (var key : everyResource(i, compiler)) {
                assertThat(compiler.resource(key)).as(key.name()).isPresent();
            }
        }
        return compiler;
    }

    private static SnapshotObject[] cluster(int services) {
        var objects = new ArrayList<SnapshotObject>(List.of(mesh(), member("shop"), CLIENT));
        for (int i = 0; i < services; i++) {
            var name = "app" + i;
            objects.add(service(name, address(96, i), port(80, "http")));
            objects.add(pod(i, "v1"));
            objects.add(pod(i, "v2"));
            objects.add(endpoints(i, true));
            objects.add(trafficPolicy(name, name)
                    .version("v1")
                    .routes(Fixtures.route("all", List.of(), subset("v1", 1)))
                    .build());
            objects.add(Fixtures.allow(name, toService(name)));
        }
        return objects.toArray(SnapshotObject[]::new);
    }

    private static List<ResourceKey> everyResource(int i, IncrementalCompiler compiler) {
        var cluster = "shop/app" + i + ":80";
        return List.of(
                compiler.keyFor(ResourceType.SCOPE, address(96, i) + ":80", CLIENT.name()),
                compiler.keyFor(ResourceType.ROUTE, cluster, CLIENT.name()),
                compiler.keyFor(ResourceType.CLUSTER, cluster, CLIENT.name()),
                compiler.keyFor(ResourceType.CLUSTER, cluster + "/v1", CLIENT.name()),
                compiler.keyFor(ResourceType.ENDPOINTS, cluster, CLIENT.name()),
                compiler.keyFor(ResourceType.ENDPOINTS, cluster + "/v1", CLIENT.name()),
                compiler.keyFor(ResourceType.CLUSTER, "tcp|" + address(96, i) + ":80", CLIENT.name()),
                compiler.keyFor(ResourceType.LISTENER, "inbound", pod(i, "v1").name()));
    }

    private static Pod pod(int i, String version) {
        return Fixtures.pod("app" + i, version, address(version.equals("v1") ? 1 : 2, i));
    }

    private static EndpointSlice endpoints(int i, boolean secondIsReady) {
        return slice(
                "app" + i,
                Map.of("http", 8080),
                ready(pod(i, "v1")),
                Fixtures.endpoint(pod(i, "v2"), secondIsReady, true, false));
    }

    private static String address(int second, int i) {
        return "10." + second + "." + i / 200 + "." + (1 + i % 200);
    }
}
