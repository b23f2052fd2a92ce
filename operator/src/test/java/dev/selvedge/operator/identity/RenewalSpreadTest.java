// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.identity;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.PriorityQueue;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** 10,000 proxies that started within one minute, over days of renewals, by the waits that the issuing code draws. */
final class RenewalSpreadTest {
    private static final int PROXIES = 10_000;
    private static final long DAY = Duration.ofDays(1).toSeconds();

    private record Renewal(long at, int proxy) {}

    @Test
    void proxies_that_started_together_do_not_renew_together() {
        var random = new Random(1);
        var queue = new PriorityQueue<Renewal>((a, b) -> Long.compare(a.at(), b.at()));
        for (int proxy = 0; proxy < PROXIES; proxy++) {
            queue.add(new Renewal(random.nextInt(60), proxy));
        }
        var perMinute = new int[(int) (10 * DAY / 60)];
        while (queue.peek() != null && queue.peek().at() < 10 * DAY) {
            var renewal = queue.poll();
            perMinute[(int) (renewal.at() / 60)]++;
            var wait = WorkloadCertificates.untilRenewal(Duration.ofHours(24), random);
            queue.add(new Renewal(renewal.at() + wait.toSeconds(), renewal.proxy()));
        }

        assertThat(max(perMinute, 60, 24 * 60))
                .as("the first renewals fall into a tenth of a day: 144 minutes for 10,000")
                .isLessThan(2 * PROXIES / 144);
        assertThat(max(perMinute, (int) (9 * DAY / 60), perMinute.length))
                .as("a week later they are spread further")
                .isLessThan(2 * PROXIES / 288);
    }

    private static int max(int[] counts, int from, int to) {
        int max = 0;
        for (int i = from; i < to; i++) {
            max = Math.max(max, counts[i]);
        }
        return max;
    }
}
