// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.envoy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.model.PortTraffic;
import dev.selvedge.compiler.model.PortTraffic.Limit;
import dev.selvedge.compiler.snapshot.RateLimit;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** A port with rate limits, and how many calls they let through. */
final class Limited {
    private Limited() {}

    /** The limits are those of policy {@code shop/limits.x}. */
    static PortTraffic by(RateLimit... limits) {
        return new PortTraffic(
                Stream.of(limits)
                        .map(limit -> new Limit("shop/limits.x/" + limit.name(), limit))
                        .toList(),
                List.of());
    }

    /** How many of so many calls are answered by the application; the others by the limit. */
    static int allowed(int calls, Supplier<Call.Answer> call) {
        int allowed = 0;
        for (int i = 0; i < calls; i++) {
            var answer = call.get();
            assertThat(answer.status()).as(answer.text()).isIn(200, 429);
            allowed += answer.status() == 200 ? 1 : 0;
        }
        return allowed;
    }
}
