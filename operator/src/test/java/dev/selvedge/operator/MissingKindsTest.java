// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletionException;
import org.jboss.logmanager.ExtLogRecord;
import org.jboss.logmanager.Level;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class MissingKindsTest {
    private static final Instant START = Instant.parse("2030-01-01T00:00:00Z");
    private static final String REFLECTOR = "io.fabric8.kubernetes.client.informers.impl.cache.Reflector";
    private static final Throwable MISSING =
            new CompletionException(new KubernetesClientException("404 page not found", 404, null));

    private final MissingKinds filter = new MissingKinds();

    @Test
    void a_kind_that_is_missing_is_told_of_once_an_hour_and_without_a_trace() {
        var first = line(REFLECTOR, "gateways", MISSING, START);
        assertThat(filter.isLoggable(first)).isTrue();
        assertThat(first.getThrown()).isNull();
        assertThat(first.getFormattedMessage())
                .isEqualTo("list failed for gateways, will retry: the API server does not serve it");
        assertThat(filter.isLoggable(line(REFLECTOR, "gateways", MISSING, START.plusSeconds(30))))
                .isFalse();
        assertThat(filter.isLoggable(line(REFLECTOR, "gateways", MISSING, START.plus(Duration.ofHours(1)))))
                .isTrue();
    }

    @Test
    void each_kind_is_told_of() {
        assertThat(filter.isLoggable(line(REFLECTOR, "gateways", MISSING, START)))
                .isTrue();
        assertThat(filter.isLoggable(line(REFLECTOR, "httproutes", MISSING, START)))
                .isTrue();
    }

    @Test
    void everything_else_is_told_as_it_is() {
        var forbidden = new KubernetesClientException("forbidden", 403, null);
        for (int i = 0; i < 2; i++) {
            var refused = line(REFLECTOR, "gateways", forbidden, START);
            assertThat(filter.isLoggable(refused)).isTrue();
            assertThat(refused.getThrown()).isSameAs(forbidden);
            assertThat(filter.isLoggable(line(REFLECTOR, "gateways", null, START)))
                    .isTrue();
            assertThat(filter.isLoggable(line("dev.selvedge", "gateways", MISSING, START)))
                    .isTrue();
        }
    }

    private static ExtLogRecord line(String logger, String kind, @Nullable Throwable thrown, Instant time) {
        var line =
                new ExtLogRecord(Level.WARN, "list failed for %s, will retry", ExtLogRecord.FormatStyle.PRINTF, "any");
        line.setParameters(new Object[] {kind});
        line.setLoggerName(logger);
        line.setThrown(thrown);
        line.setInstant(time);
        return line;
    }
}
