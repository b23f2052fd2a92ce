// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.api.v1alpha1.MeshRotation.State;
import dev.selvedge.api.v1alpha1.TrustStatus.Stage;
import dev.selvedge.reconciler.pki.TrustSecrets;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TenYearsTest {
    private static final Duration QUIET = Duration.ofHours(3);
    private static final Duration BUSY = Duration.ofMinutes(5);
    private static final Duration DAY = Duration.ofDays(1);

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void trust_renews_itself_for_ten_years_whatever_dies(long seed) {
        var mesh = new SimulatedMesh(seed, 6);
        var end = mesh.now.plus(Duration.ofDays(3653));
        while (mesh.now.isBefore(end)) {
            mesh.pass(mesh.stage() == Stage.STABLE ? QUIET : BUSY);
        }

        assertThat(mesh.anchors).as("anchors").hasSizeBetween(13, 15);
        assertThat(mesh.issuers).as("issuers").hasSizeBetween(170, 210);
        assertThat(mesh.stored().record().history()).hasSize(10).allMatch(past -> past.outcome()
                .equals("Completed"));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void a_rotation_goes_through_its_stages_and_leaves_one_anchor(long seed) {
        var mesh = new SimulatedMesh(seed, 10);
        settle(mesh);
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
            var mesh = new SimulatedMesh(seed, 10);
            settle(mesh);
            var old = mesh.stored().anchors().getFirst();
            mesh.requested = "now";
            await(mesh, () -> mesh.stage() == stage);

            mesh.state = State.ROLL_BACK;
            await(mesh, () -> mesh.stage() == Stage.STABLE);

            assertThat(mesh.stored().anchors()).containsExactly(old);
            assertThat(mesh.stored().record().history().getFirst().outcome()).isEqualTo("RolledBack");
            mesh.state = State.ACTIVE;
            for (int i = 0; i < 100; i++) {
                mesh.pass(BUSY);
            }
            assertThat(mesh.stored().anchors())
                    .as("what was rolled back does not begin again by itself")
                    .containsExactly(old);
            assertOnlyTheKeyInUse(mesh);
        }
    }

    @Test
    void a_rotation_that_has_begun_to_retire_is_not_undone() {
        var mesh = new SimulatedMesh(1, 4);
        settle(mesh);
        var old = mesh.stored().anchors().getFirst();
        mesh.requested = "now";
        await(mesh, () -> mesh.stage() == Stage.RETIRING);

        mesh.state = State.ROLL_BACK;
        await(mesh, () -> mesh.stage() == Stage.STABLE);

        assertThat(mesh.stored().anchors()).hasSize(1).doesNotContain(old);
    }

    @Test
    void a_pause_keeps_the_stage_and_issuers_are_renewed_all_the_same() {
        var mesh = new SimulatedMesh(1, 4);
        settle(mesh);
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
        await(mesh, () -> mesh.stage() == Stage.STABLE);
        assertThat(mesh.stored().anchors()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void an_issuer_that_ended_while_no_job_could_run_is_followed_by_another_of_the_same_anchor(long seed) {
        var mesh = new SimulatedMesh(seed, 6);
        settle(mesh);
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
        var mesh = new SimulatedMesh(1, 4);
        settle(mesh);
        var old = mesh.stored().anchors().getFirst();
        mesh.vault.delete(TrustSecrets.ANCHOR);

        for (int i = 0; i < 24 * 40; i++) {
            mesh.pass(Duration.ofHours(1));
        }

        assertThat(mesh.stored().anchors()).hasSize(1).doesNotContain(old);
        assertThat(mesh.stored().record().history())
                .anySatisfy(past -> assertThat(past.reason()).isEqualTo("KeyLost"));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void an_issuer_that_others_provide_is_followed_for_ten_years(long seed) {
        var mesh = new SimulatedMesh(seed, 6);
        settle(mesh);
        mesh.provider = new SimulatedProvider(mesh.vault, mesh.now, Duration.ofDays(365));
        var end = mesh.now.plus(Duration.ofDays(3653));
        while (mesh.now.isBefore(end)) {
            mesh.pass(mesh.stage() == Stage.STABLE ? QUIET : BUSY);
        }

        assertThat(mesh.anchors).as("anchors").hasSizeBetween(20, 23);
        assertThat(mesh.issuers).as("issuers").hasSizeBetween(170, 260);
        assertThat(mesh.stored().record().history())
                .allMatch(past -> past.outcome().equals("Completed"))
                .allMatch(past -> past.reason().equals("Provided"));
        assertThat(AnchorKeys.of(mesh.vault.read(TrustSecrets.ANCHOR)).current())
                .as("the key of an own anchor that nobody needs any more")
                .isNull();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void a_mesh_goes_to_an_issuer_of_others_and_back(long seed) {
        var mesh = new SimulatedMesh(seed, 8);
        settle(mesh);
        mesh.provider = new SimulatedProvider(mesh.vault, mesh.now, Duration.ofDays(3650));
        await(mesh, () -> mesh.stored().record().provided() && mesh.stage() == Stage.STABLE);
        assertThat(mesh.stored().anchors()).hasSize(1);

        mesh.provider = null;
        await(mesh, () -> !mesh.stored().record().provided() && mesh.stage() == Stage.STABLE);

        assertThat(mesh.stored().record().history().getFirst().reason()).isEqualTo("Managed");
        assertOnlyTheKeyInUse(mesh);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void a_provided_issuer_of_another_anchor_is_undone_until_it_retires(long seed) {
        for (var stage : EnumSet.of(Stage.DISTRIBUTING, Stage.SWITCHING)) {
            var mesh = new SimulatedMesh(seed, 8);
            settle(mesh);
            var provider = new SimulatedProvider(mesh.vault, mesh.now, Duration.ofDays(3650));
            mesh.provider = provider;
            await(mesh, () -> mesh.stored().record().provided() && mesh.stage() == Stage.STABLE);
            var old = mesh.stored().anchors().getFirst();
            provider.changeAnchor(mesh.now);
            await(mesh, () -> mesh.stage() == stage);

            mesh.state = State.ROLL_BACK;
            await(mesh, () -> mesh.stage() == Stage.STABLE);

            assertThat(mesh.stored().anchors()).containsExactly(old);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void whoever_provides_changes_their_mind_at_any_time(long seed) {
        var mesh = new SimulatedMesh(seed, 8);
        settle(mesh);
        var provider = new SimulatedProvider(mesh.vault, mesh.now, Duration.ofDays(3650));
        mesh.provider = provider;
        for (int i = 0; i < 30; i++) {
            for (int j = 0; j < 7 * (i % 4) + 3; j++) {
                mesh.pass(BUSY);
            }
            provider.changeAnchor(mesh.now);
        }
        var offered = provider.offer();
        await(
                mesh,
                () -> mesh.stage() == Stage.STABLE
                        && mesh.stored().anchors().size() == 1
                        && provider.offer()
                                .filter(o -> o.anchor()
                                        .equals(mesh.stored().anchors().getFirst()))
                                .isPresent());
        assertThat(offered).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void a_mesh_moves_to_another_trust_domain(long seed) {
        var mesh = new SimulatedMesh(seed, 10);
        settle(mesh);
        move(mesh, "new.example");
        await(mesh, () -> mesh.stage() == Stage.RETIRING);
        await(mesh, () -> mesh.stage() == Stage.STABLE);

        assertThat(mesh.stored().record().trustDomain()).isEqualTo("new.example");
        assertThat(mesh.stored().record().history().getFirst().reason()).isEqualTo("TrustDomain");
        assertThat(mesh.stored().anchors()).hasSize(1);
        mesh.aliases.clear();
        for (int i = 0; i < 100; i++) {
            mesh.pass(BUSY);
        }
        assertOnlyTheKeyInUse(mesh);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void a_move_can_be_undone_until_it_retires(long seed) {
        for (var stage : EnumSet.of(Stage.DISTRIBUTING, Stage.SWITCHING)) {
            var mesh = new SimulatedMesh(seed, 10);
            settle(mesh);
            move(mesh, "new.example");
            await(mesh, () -> mesh.stage() == stage);

            mesh.state = State.ROLL_BACK;
            await(mesh, () -> mesh.stage() == Stage.STABLE);

            assertThat(mesh.stored().trustDomain("")).isEqualTo("cluster.local");
            assertThat(mesh.stored().anchors()).hasSize(1);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void whoever_moves_changes_their_mind_at_any_time(long seed) {
        var mesh = new SimulatedMesh(seed, 8);
        settle(mesh);
        for (int i = 0; i < 12; i++) {
            move(mesh, List.of("new.example", "cluster.local", "third.example").get(i % 3));
            for (int j = 0; j < 5 * (i % 4) + 2; j++) {
                mesh.pass(BUSY);
            }
        }
        await(
                mesh,
                () -> mesh.stage() == Stage.STABLE
                        && mesh.stored().trustDomain("").equals(mesh.domain));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void a_mesh_moves_with_an_issuer_of_others_of_another_and_of_the_same_anchor(long seed) {
        var mesh = new SimulatedMesh(seed, 8);
        settle(mesh);
        var provider = new SimulatedProvider(mesh.vault, mesh.now, Duration.ofDays(3650));
        mesh.provider = provider;
        await(mesh, () -> mesh.stored().record().provided() && mesh.stage() == Stage.STABLE);

        provider.domain = "new.example";
        provider.changeAnchor(mesh.now);
        move(mesh, "new.example");
        await(
                mesh,
                () -> mesh.stage() == Stage.STABLE
                        && mesh.stored().trustDomain("").equals("new.example"));

        provider.unconstrained(mesh.now);
        await(
                mesh,
                () -> mesh.stage() == Stage.STABLE && mesh.stored().anchors().equals(provider.anchors()));
        for (var stage : EnumSet.of(Stage.DISTRIBUTING, Stage.SWITCHING)) {
            move(mesh, "third.example");
            await(mesh, () -> mesh.stage() == stage);
            mesh.state = State.ROLL_BACK;
            await(mesh, () -> mesh.stage() == Stage.STABLE);
            assertThat(mesh.stored().trustDomain("")).isEqualTo("new.example");
            mesh.domain = "new.example";
            mesh.state = State.ACTIVE;
            settle(mesh);
        }
        move(mesh, "third.example");
        await(
                mesh,
                () -> mesh.stage() == Stage.STABLE
                        && mesh.stored().trustDomain("").equals("third.example"));
        assertThat(mesh.stored().anchors()).isEqualTo(provider.anchors());
        assertThat(mesh.stored().record().history().getFirst().level()).isEqualTo("TrustDomain");
    }

    /** As admission lets it through: what certificates may be of stays accepted. */
    private static void move(SimulatedMesh mesh, String domain) {
        mesh.aliases.add(mesh.domain);
        mesh.domain = domain;
    }

    private static void settle(SimulatedMesh mesh) {
        for (int i = 0; i < 10; i++) {
            mesh.pass(BUSY);
        }
    }

    private interface Condition {
        boolean holds();
    }

    private static void await(SimulatedMesh mesh, Condition condition) {
        for (int i = 0; i < 20_000; i++) {
            mesh.pass(BUSY);
            if (condition.holds()) {
                return;
            }
        }
        throw new AssertionError("it does not happen; the stage is " + mesh.stage());
    }

    private static void assertOnlyTheKeyInUse(SimulatedMesh mesh) {
        var keys = AnchorKeys.of(mesh.vault.read(TrustSecrets.ANCHOR));
        assertThat(keys.next()).isNull();
        assertThat(Objects.requireNonNull(keys.current()).certificate())
                .isEqualTo(mesh.stored().signer().orElseThrow());
    }
}
