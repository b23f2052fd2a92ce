// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.diagnostic.Origin;
import dev.selvedge.compiler.snapshot.Kind;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.ObjectRef;
import dev.selvedge.operator.delivery.Holding.State;
import dev.selvedge.operator.delivery.Summary.Presence;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SummaryChangeTest {
    private record Held(Ledger.Account account, ObjectName pod, Holding holding) {}

    private final Ledger ledger = new Ledger(Clock.fixed(Instant.EPOCH, ZoneOffset.UTC), Duration.ZERO);
    private final List<Held> held = new ArrayList<>();

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void whoever_hears_every_change_knows_what_is(long seed) {
        var random = new Random(seed);
        var told = Summary.NOTHING;
        var heard = Replica.of("r", told, Presence.CONNECTED);
        for (int step = 0; step < 500; step++) {
            move(random);
            if (random.nextInt(4) == 0) {
                var now = ledger.summary(Set.of(), false);
                heard = heard.after(now.since(told));
                told = now;
                assertThat(heard).isEqualTo(Replica.of("r", now, Presence.CONNECTED));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = 6)
    void nothing_new_is_nothing_told(long seed) {
        var random = new Random(seed);
        for (int step = 0; step < 50; step++) {
            move(random);
        }
        var now = ledger.summary(Set.of(), false);
        var change = ledger.summary(Set.of(), false).since(now);
        assertThat(change)
                .isEqualTo(new SummaryChange(
                        false, List.of(), List.of(), List.of(), List.of(), List.of(), List.of(), false));
    }

    private void move(Random random) {
        var pod = new ObjectName("shop", "p" + random.nextInt(6));
        if (held.isEmpty() || random.nextInt(5) == 0) {
            var account = ledger.connected(pod, "uid of " + pod);
            var holding = holding(random);
            account.move(null, holding);
            account.commit();
            held.add(new Held(account, pod, holding));
            return;
        }
        var at = random.nextInt(held.size());
        var one = held.get(at);
        switch (random.nextInt(4)) {
            case 0 -> {
                one.account().disconnected();
                ledger.touched(one.pod(), Optional.empty());
                held.removeIf(other -> other.account() == one.account());
            }
            case 1 -> one.account().version("1.40." + random.nextInt(3));
            default -> {
                var after = holding(random);
                one.account().move(one.holding(), after);
                one.account().commit();
                held.set(at, new Held(one.account(), one.pod(), after));
            }
        }
    }

    private static Holding holding(Random random) {
        var policy = ObjectRef.of(Kind.TRAFFIC_POLICY, "shop", "t" + random.nextInt(5));
        return new Holding(
                "r",
                State.values()[random.nextInt(2)],
                random.nextInt(5) == 0 ? List.of() : List.of(new Origin(policy, random.nextInt(3))),
                List.of(),
                null);
    }
}
