// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.envoy;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.selvedge.compiler.Fixtures;
import dev.selvedge.compiler.IncrementalCompiler;
import dev.selvedge.compiler.resource.Context;
import dev.selvedge.compiler.resource.Resource;
import dev.selvedge.compiler.resource.ResourceKey;
import dev.selvedge.compiler.resource.ResourceName;
import dev.selvedge.compiler.resource.ResourceType;
import dev.selvedge.compiler.snapshot.EndpointSlice;
import dev.selvedge.compiler.snapshot.Pod;
import dev.selvedge.compiler.snapshot.StringMatch;
import dev.selvedge.compiler.translate.Encoded;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Routes of single ports of a Service, from the policy to which pod gets a request. */
@Tag("envoy")
final class RoutePortsTest {
    private static final String HERE = "127.0.0.1";
    private static final int MATCHED = FreePorts.any();
    private static final int NEXT = FreePorts.any();
    private static final int OTHER = FreePorts.any();

    private static final IncrementalCompiler COMPILER = new IncrementalCompiler();
    private static AdsServer ads;
    private static List<Application> versions;
    private static TestProxy client;

    @BeforeAll
    static void start(@TempDir Path folder) throws IOException {
        ads = new AdsServer();
        versions = List.of(new Application("v1"), new Application("v2"));
        COMPILER.apply(Fixtures.puts(
                ClientServices.MESH,
                Fixtures.member("shop"),
                Fixtures.service(
                        "web",
                        HERE,
                        Fixtures.port(MATCHED, "http"),
                        Fixtures.port(NEXT, "http-next"),
                        Fixtures.port(OTHER, "http-other")),
                Fixtures.trafficPolicy("web", "web")
                        .version("v1")
                        .version("v2")
                        .routes(
                                Fixtures.routeOf(
                                        MATCHED,
                                        Fixtures.route(
                                                "old",
                                                List.of(Fixtures.path(new StringMatch.Prefix("/old"))),
                                                Fixtures.subset("v1", 1))),
                                Fixtures.routeOf(NEXT, "next", Fixtures.subset("v2", 1)))
                        .build()));
        for (int i = 0; i < versions.size(); i++) {
            int port = versions.get(i).port();
            var pod = new Pod(
                    Fixtures.shop("web-" + i),
                    "uid-" + i,
                    List.of(HERE),
                    Map.of("app", "web", "version", "v" + (i + 1)),
                    "web",
                    new Pod.Proxy.None());
            COMPILER.apply(Fixtures.puts(
                    pod,
                    new EndpointSlice(
                            Fixtures.shop("web-" + i),
                            Fixtures.shop("web"),
                            Map.of("http", port, "http-next", port, "http-other", port),
                            List.of(Fixtures.ready(pod)))));
        }
        client = new TestProxy(ads, "client", folder);
        for (int port : List.of(MATCHED, NEXT, OTHER)) {
            serve(port);
        }
        client.start();
    }

    @AfterAll
    static void stop() {
        assertThat(ads.rejections()).isEmpty();
        client.close();
        versions.forEach(Application::close);
        ads.close();
    }

    /** Hands the proxy what the compiler makes of a port. */
    private static void serve(int port) throws InvalidProtocolBufferException {
        var routes = put(ResourceType.ROUTE, ResourceName.route(Fixtures.shop("web"), port));
        for (var cluster : routes.requires()) {
            put(ResourceType.CLUSTER, cluster.name());
            put(ResourceType.ENDPOINTS, cluster.name());
        }
        put(ResourceType.SCOPE, ResourceName.scope(HERE, port));
        var listener = resource(ResourceType.LISTENER, ResourceName.portListener(port));
        client.listen(Encoded.of(listener.body().unpack(Listener.class)), port);
    }

    private static Resource put(ResourceType type, String name) {
        var resource = resource(type, name);
        ads.put("client", name, resource.body());
        return resource;
    }

    private static Resource resource(ResourceType type, String name) {
        return COMPILER.resource(new ResourceKey(type, name, Context.SHARED)).orElseThrow();
    }

    @Test
    void a_request_meets_the_routes_of_its_port_alone() {
        assertThat(versions(MATCHED, "/old")).containsExactly("v1");
        assertThat(versions(NEXT, "/old")).containsExactly("v2");
        assertThat(versions(NEXT, "/")).containsExactly("v2");
    }

    @Test
    void what_no_route_of_a_port_matches_is_answered_404() {
        assertThat(Call.get(MATCHED, "/").plain().status()).isEqualTo(404);
    }

    @Test
    void a_port_that_no_route_is_for_is_as_without_routes() {
        assertThat(versions(OTHER, "/")).containsExactly("v1", "v2");
    }

    /** Who answers forty requests. */
    private static Set<String> versions(int port, String path) {
        return IntStream.range(0, 40)
                .mapToObj(_ -> {
                    var answer = Call.get(port, path).plain();
                    assertThat(answer.status()).isEqualTo(200);
                    return answer.text().replaceFirst("(?s).*?\r\n\r\n", "").split(" ", 2)[0];
                })
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
