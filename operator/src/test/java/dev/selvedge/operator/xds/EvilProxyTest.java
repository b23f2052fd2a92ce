// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.xds;

import static dev.selvedge.compiler.resource.ResourceType.CLUSTER;
import static dev.selvedge.compiler.resource.ResourceType.ENDPOINTS;
import static dev.selvedge.compiler.resource.ResourceType.ROUTE;
import static dev.selvedge.compiler.resource.ResourceType.SCOPE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.resource.ResourceType;
import dev.selvedge.operator.fuzz.ResourceUse;
import dev.selvedge.operator.fuzz.Seeds;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.grpc.Status;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A pod that has proved who it is and means no good: it harms nobody but itself. */
@Timeout(120)
final class EvilProxyTest {
    private XdsFixture fixture;
    private String token;

    @BeforeEach
    void aMeshWithOnePod() throws Exception {
        fixture = new XdsFixture().open();
        token = fixture.token(fixture.pod("shop", "client", "buyer"));
        fixture.put(DeltaAdsTest.resource(CLUSTER, "passthrough", "1"));
    }

    @AfterEach
    void stop() {
        fixture.close();
    }

    private static List<String> names(String prefix, int count) {
        return IntStream.range(0, count).mapToObj(i -> prefix + i).toList();
    }

    private static DeltaDiscoveryRequest.Builder request(ResourceType type) {
        return DeltaDiscoveryRequest.newBuilder().setTypeUrl(type.typeUrl());
    }

    @Test
    void more_names_than_a_stream_may_hold_end_it() throws Exception {
        assertRefused("too-many-names", request(ENDPOINTS).addAllResourceNamesSubscribe(names("x", 500_000)));
        assertRefused(
                "too-many-names",
                request(CLUSTER)
                        .putAllInitialResourceVersions(
                                names("x", 300_000).stream().collect(Collectors.toMap(Function.identity(), _ -> "1"))));
    }

    @Test
    void names_and_versions_of_any_length_end_the_stream() throws Exception {
        var endless = "x".repeat(1 << 20);
        assertRefused("long-name", request(ROUTE).addResourceNamesSubscribe(endless));
        assertRefused("long-name", request(ROUTE).addResourceNamesUnsubscribe(endless));
        assertRefused("long-name", request(SCOPE).putInitialResourceVersions("x", endless));
        assertRefused("long-name", request(SCOPE).putInitialResourceVersions(endless, "1"));
    }

    private void assertRefused(String reason, DeltaDiscoveryRequest.Builder request) throws Exception {
        var before = fixture.refused(reason);
        try (var proxy = XdsClient.of(fixture, token)) {
            proxy.send(request);
            assertThat(proxy.closed().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        }
        assertThat(fixture.refused(reason)).isEqualTo(before + 1);
        assertNothingIsHeld();
    }

    @Test
    void a_message_that_is_too_large_ends_the_stream() throws Exception {
        try (var proxy = XdsClient.of(fixture, token)) {
            proxy.send(request(ENDPOINTS).addResourceNamesSubscribe("x".repeat(9 << 20)));
            assertThat(proxy.closed().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        }
        Await.until(() -> fixture.meters
                        .get("selvedge.xds.streams.ended")
                        .tag("code", "resource-exhausted")
                        .counter()
                        .count()
                == 1);
    }

    @Test
    void subscribing_bit_by_bit_ends_the_stream_as_well() throws Exception {
        try (var proxy = XdsClient.of(fixture, token)) {
            // Never acknowledged, and left again: a removal that was not answered is remembered too.
            for (int i = 0; proxy.isOpen() && i < 200; i++) {
                var some = names(i + "-", 1000);
                proxy.send(request(CLUSTER).addAllResourceNamesSubscribe(some));
                proxy.send(request(CLUSTER).addAllResourceNamesUnsubscribe(some));
                proxy.send(request(ENDPOINTS).addAllResourceNamesSubscribe(some));
            }
            assertThat(proxy.closed().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        }
        assertNothingIsHeld();
    }

    @Test
    void a_name_that_is_given_twice_is_held_once() throws Exception {
        try (var proxy = XdsClient.of(fixture, token)) {
            proxy.subscribe(ENDPOINTS, "a", "a", "a");
            assertThat(proxy.take()).isEqualTo("ENDPOINTS -a");
            proxy.subscribe(ENDPOINTS, "a", "b", "b");
            proxy.take();
        }
        assertNothingIsHeld();
    }

    @Test
    void unknown_types_and_nonces_are_counted_and_change_nothing() throws Exception {
        try (var proxy = XdsClient.of(fixture, token)) {
            for (var url : List.of("", "x", "type.googleapis.com/envoy.config.cluster.v3.Cluster2", "\u0000", "é")) {
                proxy.send(DeltaDiscoveryRequest.newBuilder().setTypeUrl(url).addResourceNamesSubscribe("x"));
            }
            proxy.send(request(CLUSTER).setResponseNonce("never sent"));
            assertThat(proxy.take()).isEqualTo("CLUSTER passthrough@1");
            assertThat(fixture.refused("unknown-type")).isEqualTo(5);
        }
    }

    @Test
    void a_long_complaint_is_cut() throws Exception {
        try (var proxy = XdsClient.of(fixture, token)) {
            var response = proxy.subscribe(CLUSTER).next();
            proxy.nack(response, "no ".repeat(1 << 20));
            assertThat(proxy.drain()).isEmpty();
        }
        assertThat(Request.of(
                                CLUSTER,
                                request(CLUSTER)
                                        .setErrorDetail(com.google.rpc.Status.newBuilder()
                                                .setMessage("no ".repeat(1 << 20)))
                                        .build())
                        .error())
                .hasSizeLessThan(3000);
    }

    @Test
    void whatever_it_sends_it_is_served_or_cut_off_and_nothing_stays() throws Exception {
        fuzz(new Random(7));
        var before = ResourceUse.now();
        Seeds.each("evil proxy", 8, this::fuzz);
        assertNothingIsHeld();
        before.assertFlat();
    }

    private void fuzz(Random random) throws Exception {
        try (var proxy = XdsClient.of(fixture, token)) {
            for (int i = 0; i < 30 && proxy.isOpen(); i++) {
                proxy.send(random(random));
            }
        }
        try (var proxy = XdsClient.of(fixture, token)) {
            assertThat(proxy.subscribe(CLUSTER).take()).isEqualTo("CLUSTER passthrough@1");
        }
    }

    private static DeltaDiscoveryRequest.Builder random(Random random) {
        var types = ResourceType.values();
        var request = request(types[random.nextInt(types.length)]);
        if (random.nextInt(10) == 0) {
            request.setTypeUrl(name(random));
        }
        for (int i = random.nextInt(20); i > 0; i--) {
            request.addResourceNamesSubscribe(name(random));
        }
        for (int i = random.nextInt(20); i > 0; i--) {
            request.addResourceNamesUnsubscribe(name(random));
        }
        for (int i = random.nextInt(5); i > 0; i--) {
            request.putInitialResourceVersions(name(random), name(random));
        }
        if (random.nextBoolean()) {
            request.setResponseNonce(Integer.toHexString(random.nextInt(8)));
        }
        if (random.nextInt(3) == 0) {
            request.setErrorDetail(com.google.rpc.Status.newBuilder().setMessage(name(random)));
        }
        return request;
    }

    /** Names of every kind, and near misses. */
    private static String name(Random random) {
        var known = List.of(
                "*",
                "",
                "passthrough",
                "inbound",
                "workload",
                "trust",
                "shop/a:80",
                "shop/a:80/v1",
                "tcp|10.0.0.1:5432",
                "[fd00::1]:80",
                "outbound|*:80",
                "gateway|shop/g|80",
                "[" + ":".repeat(1000),
                "/".repeat(1000),
                "::::::",
                "\u0000",
                "shop/a:99999",
                "tcp|",
                "|",
                "é\ud83d\ude00");
        var name = known.get(random.nextInt(known.size()));
        return switch (random.nextInt(4)) {
            case 0 -> name + random.nextInt(10);
            case 1 -> name.substring(random.nextInt(name.length() + 1));
            default -> name;
        };
    }

    /** After the last stream has ended nothing that it asked for is kept compiled. */
    private void assertNothingIsHeld() {
        Await.until(
                () -> fixture.meters.get("selvedge.compile.resources").gauge().value() == 0);
    }
}
