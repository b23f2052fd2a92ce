// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.rotation;

import static dev.selvedge.operator.rotation.SimulatedTime.assertOnlyTheKeyInUse;
import static dev.selvedge.operator.rotation.SimulatedTime.await;
import static dev.selvedge.operator.rotation.SimulatedTime.awaitStable;
import static dev.selvedge.operator.rotation.SimulatedTime.pass;
import static dev.selvedge.operator.rotation.SimulatedTime.passTenYears;
import static dev.selvedge.operator.rotation.SimulatedTime.settled;
import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.api.v1alpha1.MeshRotation.State;
import dev.selvedge.api.v1alpha1.TrustStatus.Stage;
import dev.selvedge.reconciler.pki.TrustSecrets;
import java.time.Duration;
import java.util.EnumSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A mesh that makes its own anchors and issuers. */
final class TenYearsTest {
    private static final Duration DAY = Duration.ofDays(1);

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void trust_renews_itself_for_ten_years_whatever_dies(long seed) {
        var mesh = new SimulatedMesh(seed, 6);
        passTenYears(mesh);

        assertThat(mesh.anchors).as("anchors").hasSizeBetween(13, 15);
        assertThat(mesh.issuers).as("issuers").hasSizeBetween(170, 210);
        assertThat(mesh.stored().record().history()).hasSize(10).allMatch(past -> past.outcome()
                .equals("Completed"));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void a_rotation_goes_through_its_stages_and_leaves_one_anchor(long seed) {
        var mesh = settled(seed, 10);
        var old = mesh.stored().anchors().getFirst();
        mesh.requested = "now";

        var seen = EnumSet.noneOf(Stage.class);
        await(mesh, () -> {
            seen.add(mesh.stage());
            return seen.contains(Stage.RETIRING) && mesh.stage() == Stage.STABLE;
        });

        assertThat(seen).contains(Stage.DISTRIBUTING, Stage.SWITCHING, Stage.RETIRING);
        assertThat(mesh.stored().anchors()).hasSize(1).doesNotContain(old);
        assertThat(mesh.stored().record().requested()).isEqualTo("now");
        assertThat(mesh.stored().record().history().getFirst()).satisfies(past -> {
            assertThat(past.level()).isEqualTo("Anchor");
            assertThat(past.reason()).isEqualTo("Requested");
        });
        mesh.pass(DAY);
        assertOnlyTheKeyInUse(mesh);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void a_rotation_can_be_undone_until_it_retires(long seed) {
        for (var stage : EnumSet.of(Stage.DISTRIBUTING, Stage.SWITCHING)) {
            var mesh = settled(seed, 10);
            var old = mesh.stored().anchors().getFirst();
            mesh.requested = "now";
            await(mesh, () -> mesh.stage() == stage);

            mesh.state = State.ROLL_BACK;
            awaitStable(mesh);

            assertThat(mesh.stored().anchors()).containsExactly(old);
            assertThat(mesh.stored().record().history().getFirst().outcome()).isEqualTo("RolledBack");
            mesh.state = State.ACTIVE;
            pass(mesh, 100);
            assertThat(mesh.stored().anchors())
                    .as("what was rolled back does not begin again by itself")
                    .containsExactly(old);
            assertOnlyTheKeyInUse(mesh);
        }
    }

    @Test
    void a_rotation_that_has_begun_to_retire_is_not_undone() {
        var mesh = settled(1, 4);
        var old = mesh.stored().anchors().getFirst();
        mesh.requested = "now";
        await(mesh, () -> mesh.stage() == Stage.RETIRING);

        mesh.state = State.ROLL_BACK;
        awaitStable(mesh);

        assertThat(mesh.stored().anchors()).hasSize(1).doesNotContain(old);
    }

    @Test
    void a_pause_keeps_the_stage_and_issuers_are_renewed_all_the_same() {
        var mesh = settled(1, 4);
        mesh.requested = "now";
        await(mesh, () -> mesh.stage() == Stage.DISTRIBUTING);
        mesh.state = State.PAUSED;

        for (int i = 0; i < 24 * 100; i++) {
            mesh.pass(Duration.ofHours(1));
            assertThat(mesh.stored().anchors()).hasSize(2);
            assertThat(mesh.stored().switched()).isFalse();
        }

        assertThat(mesh.issuers).hasSizeGreaterThan(3);
        mesh.state = State.ACTIVE;
        awaitStable(mesh);
        assertThat(mesh.stored().anchors()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void an_issuer_that_ended_while_no_job_could_run_is_followed_by_another_of_the_same_anchor(long seed) {
        var mesh = settled(seed, 6);
        var anchor = mesh.stored().anchors();
        var ended = mesh.stored().issuer();

        mesh.away(Duration.ofDays(40));
        assertThat(mesh.stored().issuer()).isEqualTo(ended);
        assertThat(mesh.proxies).allMatch(proxy -> proxy.live(mesh.now).isEmpty());

        await(mesh, () -> mesh.proxies.stream()
                .allMatch(proxy -> proxy.live(mesh.now).isPresent()));
        assertThat(mesh.stored().issuer()).isNotEqualTo(ended);
        assertThat(mesh.stored().anchors()).isEqualTo(anchor);
    }

    @Test
    void an_anchor_whose_key_was_lost_is_followed_by_another() {
        var mesh = settled(1, 4);
        var old = mesh.stored().anchors().getFirst();
        mesh.vault.delete(TrustSecrets.ANCHOR);

        for (int i = 0; i < 24 * 40; i++) {
            mesh.pass(Duration.ofHours(1));
        }

        assertThat(mesh.stored().anchors()).hasSize(1).doesNotContain(old);
        assertThat(mesh.stored().record().history())
                .anySatisfy(past -> assertThat(past.reason()).isEqualTo("KeyLost"));
    }
}
