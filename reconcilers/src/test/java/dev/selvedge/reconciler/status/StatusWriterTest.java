// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** With a ConfigMap's data in the part of a status. */
final class StatusWriterTest {
    private static final Map<String, String> BEFORE = Map.of("state", "before");
    private static final Map<String, String> AFTER = Map.of("state", "after");

    private Instant now = Instant.parse("2026-01-02T03:04:05Z");
    private final InstantSource time = () -> now;
    private final StatusWriter<ConfigMap, Map<String, String>> writer =
            new StatusWriter<>(ConfigMap::new, ConfigMap::setData, time.withZone(ZoneOffset.UTC));

    @Test
    void what_is_so_already_is_not_written() {
        var answer = writer.write(object("uid-1"), BEFORE, BEFORE);

        assertThat(answer.isNoUpdate()).isTrue();
        assertThat(answer.getScheduleDelay()).isEmpty();
        assertThat(writer.write(object("uid-1"), BEFORE, AFTER).isPatchStatus()).isTrue();
    }

    @Test
    void the_first_is_written_at_once_with_its_name_and_uid_and_nothing_else() {
        var patch = writer.write(object("uid-1"), BEFORE, AFTER).getResource().orElseThrow();

        assertThat(patch)
                .isEqualTo(new ConfigMapBuilder()
                        .withNewMetadata()
                        .withNamespace("shop")
                        .withName("it")
                        .withUid("uid-1")
                        .endMetadata()
                        .withData(AFTER)
                        .build());
    }

    @Test
    void the_next_is_put_off_until_the_pause_is_over() {
        writer.write(object("uid-1"), BEFORE, AFTER);
        now = now.plusMillis(300);

        var soon = writer.write(object("uid-1"), AFTER, BEFORE);
        assertThat(soon.isNoUpdate()).isTrue();
        assertThat(soon.getScheduleDelay()).contains(700L);

        now = now.plusMillis(700);
        assertThat(writer.write(object("uid-1"), AFTER, BEFORE).isPatchStatus()).isTrue();
    }

    @Test
    void numbers_alone_are_put_off_for_longer_and_hold_up_no_verdict() {
        writer.write(object("uid-1"), BEFORE, AFTER);
        now = now.plusMillis(1500);

        var soon = writer.writeNumbers(object("uid-1"), AFTER, BEFORE);
        assertThat(soon.isNoUpdate()).isTrue();
        assertThat(soon.getScheduleDelay()).contains(3500L);
        assertThat(writer.tooSoon(object("uid-1"))).isEmpty();
        assertThat(writer.write(object("uid-1"), AFTER, BEFORE).isPatchStatus()).isTrue();

        now = now.plus(StatusWriter.CALM);
        assertThat(writer.writeNumbers(object("uid-1"), BEFORE, AFTER).isPatchStatus())
                .isTrue();
    }

    @Test
    void each_object_has_its_own_pause() {
        writer.write(object("uid-1"), BEFORE, AFTER);

        assertThat(writer.write(object("uid-2"), BEFORE, AFTER).isPatchStatus()).isTrue();
    }

    @Test
    void a_clock_that_is_put_back_holds_up_nothing() {
        writer.write(object("uid-1"), BEFORE, AFTER);
        now = now.minus(Duration.ofHours(1));

        assertThat(writer.write(object("uid-1"), AFTER, BEFORE).isPatchStatus()).isTrue();
    }

    @Test
    void a_status_that_others_write_too_is_bound_to_the_version_that_was_read() {
        UpdateControl<ConfigMap> answer = writer.writeUnlessChanged(object("uid-1"), BEFORE, AFTER);

        assertThat(answer.getResource().orElseThrow().getMetadata().getResourceVersion())
                .isEqualTo("7");
    }

    private static ConfigMap object(String uid) {
        return new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace("shop")
                .withName("it")
                .withUid(uid)
                .withResourceVersion("7")
                .addToLabels("a", "b")
                .endMetadata()
                .build();
    }
}
