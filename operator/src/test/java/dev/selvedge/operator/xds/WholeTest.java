// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.xds;

import static dev.selvedge.compiler.resource.ResourceType.SCOPE;
import static dev.selvedge.operator.xds.FakeSource.key;
import static dev.selvedge.operator.xds.FakeSource.served;
import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.operator.compile.Served;
import dev.selvedge.operator.delivery.Holding;
import dev.selvedge.operator.delivery.Holding.State;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A listing that goes to the proxy as one, and what happens to parts of it. */
final class WholeTest {
    private static final List<String> NAMES =
            IntStream.range(0, 9).mapToObj(i -> "10.0.0." + i + ":80").toList();

    private final FakeSource mesh = new FakeSource();
    private final Map<State, Integer> booked = new EnumMap<>(State.class);
    private final Map<String, String> client = new TreeMap<>();
    private final List<Response> unanswered = new ArrayList<>();
    private ProxyState proxy = connected();

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24})
    void whatever_happens_the_proxy_ends_with_what_is_listed_and_nothing_is_left_behind(long seed) {
        var random = new Random(seed);
        NAMES.forEach(name -> mesh.put(served(SCOPE, name, "1")));
        list(random);
        connect(Map.of());
        for (int step = 0; step < 3_000; step++) {
            step(random);
            assertThat(booked.values()).as("step %d", step).allMatch(count -> count >= 0);
        }

        settle();
        proxy.take(mesh.put(NAMES.stream().map(name -> served(SCOPE, name, "9")).toArray(Served[]::new)));
        settle();
        assertThat(client).isEqualTo(mesh.listing(SCOPE).stream().collect(Collectors.toMap(name -> name, _ -> "9")));
        assertThat(booked.getOrDefault(State.CURRENT, 0)).isEqualTo(client.size());
        assertThat(booked.getOrDefault(State.PENDING, 0)).isZero();
        assertThat(booked.getOrDefault(State.REJECTING, 0)).isZero();
        proxy.close();
        assertThat(mesh.held()).isEmpty();
    }

    private void step(Random random) {
        switch (random.nextInt(12)) {
            case 0, 1 -> proxy.take(mesh.put(served(SCOPE, any(random), "" + (1 + random.nextInt(3)))));
            case 2 -> list(random);
            case 3, 4, 5 -> send();
            case 6, 7, 8 -> answer(null);
            case 9 -> refuse();
            case 10 -> {}
            default -> {
                if (random.nextInt(10) == 0) {
                    reconnect(random.nextBoolean());
                }
            }
        }
    }

    private static String any(Random random) {
        return NAMES.get(random.nextInt(NAMES.size()));
    }

    private void list(Random random) {
        proxy.take(mesh.list(
                SCOPE, NAMES.stream().filter(_ -> random.nextInt(4) > 0).toArray(String[]::new)));
    }

    private void settle() {
        do {
            answer(null);
            send();
        } while (!unanswered.isEmpty());
    }

    private void send() {
        var onTheirWay = new HashSet<String>();
        unanswered.forEach(response -> names(response).forEach(onTheirWay::add));
        proxy.next().ifPresent(response -> {
            assertThat(names(response)).noneMatch(onTheirWay::contains);
            unanswered.add(response);
        });
    }

    /** Envoy has no reason to refuse a removal. */
    private void refuse() {
        if (!unanswered.isEmpty() && unanswered.getFirst().removed().isEmpty()) {
            answer("bad scope");
        }
    }

    private static Stream<String> names(Response response) {
        return Stream.concat(
                response.resources().stream().map(served -> served.key().name()), response.removed().stream());
    }

    private void answer(@Nullable String error) {
        if (unanswered.isEmpty()) {
            return;
        }
        var response = unanswered.removeFirst();
        if (error == null) {
            response.resources().forEach(served -> client.put(served.key().name(), served.version()));
            response.removed().forEach(client::remove);
        }
        proxy.take(new Request(SCOPE, List.of(), List.of(), Map.of(), response.nonce(), error), 1);
    }

    private void reconnect(boolean keepsWhatItHas) {
        proxy.close();
        assertThat(mesh.held()).isEmpty();
        unanswered.clear();
        booked.clear();
        if (!keepsWhatItHas) {
            client.clear();
        }
        proxy = connected();
        connect(Map.copyOf(client));
    }

    private ProxyState connected() {
        return new ProxyState(mesh, (resources, before, after) -> {
            book(before, -resources);
            book(after, resources);
        });
    }

    private void book(@Nullable Holding holding, int more) {
        if (holding != null) {
            booked.merge(holding.state(), more, Integer::sum);
        }
    }

    private void connect(Map<String, String> versions) {
        proxy.take(new Request(SCOPE, List.of(), List.of(), versions, "", null), 1);
    }

    @Test
    void a_listing_that_is_refused_as_one_is_taken_apart_until_the_culprit_is_alone() {
        NAMES.forEach(name -> mesh.put(served(SCOPE, name, "1")));
        mesh.list(SCOPE, NAMES.toArray(String[]::new));
        connect(Map.of());
        for (send(); !unanswered.isEmpty(); send()) {
            answer(names(unanswered.getFirst()).anyMatch(NAMES.get(4)::equals) ? "bad scope" : null);
        }
        assertThat(client.keySet()).hasSize(8).doesNotContain(NAMES.get(4));
        assertThat(booked).containsEntry(State.CURRENT, 8).containsEntry(State.REJECTING, 1);
    }

    @Test
    void of_a_listing_that_the_proxy_has_nothing_is_sent_and_nothing_kept_for_each_resource() {
        NAMES.forEach(name -> mesh.put(served(SCOPE, name, "1")));
        mesh.list(SCOPE, NAMES.toArray(String[]::new));
        connect(NAMES.stream().collect(Collectors.toMap(name -> name, _ -> "1")));
        send();
        assertThat(unanswered).isEmpty();
        assertThat(booked).containsEntry(State.CURRENT, NAMES.size());
        assertThat(mesh.held()).hasSize(NAMES.size()).allMatch(held -> held.endsWith("×1"));
    }

    /** As after an upgrade that makes other scopes. */
    @Test
    void what_leaves_the_listing_before_it_was_sent_is_taken_from_a_proxy_that_has_it_from_before() {
        NAMES.forEach(name -> mesh.put(served(SCOPE, name, "1")));
        mesh.list(SCOPE, NAMES.toArray(String[]::new));
        NAMES.forEach(name -> client.put(name, "0"));
        connect(Map.copyOf(client));

        proxy.take(mesh.list(SCOPE, NAMES.getFirst()));
        settle();

        assertThat(client).isEqualTo(Map.of(NAMES.getFirst(), "1"));
        assertThat(booked).containsEntry(State.CURRENT, 1).containsEntry(State.PENDING, 0);
    }

    @Test
    void a_scope_that_is_asked_for_by_name_is_answered_again() {
        mesh.put(served(SCOPE, NAMES.getFirst(), "1"), served(SCOPE, NAMES.getLast(), "1"));
        mesh.list(SCOPE, NAMES.getFirst(), NAMES.getLast());
        connect(Map.of());
        settle();
        proxy.take(new Request(SCOPE, List.of(NAMES.getLast()), List.of(), Map.of(), "", null), 1);
        send();
        assertThat(names(unanswered.getFirst())).containsExactly(NAMES.getLast());
        proxy.take(new Request(SCOPE, List.of(), List.of("*", NAMES.getLast()), Map.of(), "", null), 1);
        proxy.close();
        assertThat(mesh.held()).isEmpty();
        assertThat(mesh.resources).containsKey(key(SCOPE, NAMES.getLast()));
    }
}
