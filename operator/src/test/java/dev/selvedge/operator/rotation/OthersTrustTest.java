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
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A mesh whose issuer somebody else provides, and one that moves to another trust domain. */
final class OthersTrustTest {
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void an_issuer_that_others_provide_is_followed_for_ten_years(long seed) {
        var mesh = settled(seed, 6);
        mesh.provider = new SimulatedProvider(mesh.vault, mesh.now, Duration.ofDays(365));
        passTenYears(mesh);

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
        var mesh = settled(seed, 8);
        provided(mesh);
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
            var mesh = settled(seed, 8);
            var provider = provided(mesh);
            var old = mesh.stored().anchors().getFirst();
            provider.changeAnchor(mesh.now);
            await(mesh, () -> mesh.stage() == stage);

            mesh.state = State.ROLL_BACK;
            awaitStable(mesh);

            assertThat(mesh.stored().anchors()).containsExactly(old);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void whoever_provides_changes_their_mind_at_any_time(long seed) {
        var mesh = settled(seed, 8);
        var provider = new SimulatedProvider(mesh.vault, mesh.now, Duration.ofDays(3650));
        mesh.provider = provider;
        for (int i = 0; i < 30; i++) {
            pass(mesh, 7 * (i % 4) + 3);
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
        var mesh = settled(seed, 10);
        move(mesh, "new.example");
        await(mesh, () -> mesh.stage() == Stage.RETIRING);
        awaitStable(mesh);

        assertThat(mesh.stored().record().trustDomain()).isEqualTo("new.example");
        assertThat(mesh.stored().record().history().getFirst().reason()).isEqualTo("TrustDomain");
        assertThat(mesh.stored().anchors()).hasSize(1);
        mesh.aliases.clear();
        pass(mesh, 100);
        assertOnlyTheKeyInUse(mesh);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void a_move_can_be_undone_until_it_retires(long seed) {
        for (var stage : EnumSet.of(Stage.DISTRIBUTING, Stage.SWITCHING)) {
            var mesh = settled(seed, 10);
            move(mesh, "new.example");
            await(mesh, () -> mesh.stage() == stage);

            mesh.state = State.ROLL_BACK;
            awaitStable(mesh);

            assertThat(mesh.stored().trustDomain("")).isEqualTo("cluster.local");
            assertThat(mesh.stored().anchors()).hasSize(1);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void whoever_moves_changes_their_mind_at_any_time(long seed) {
        var mesh = settled(seed, 8);
        for (int i = 0; i < 12; i++) {
            move(mesh, List.of("new.example", "cluster.local", "third.example").get(i % 3));
            pass(mesh, 5 * (i % 4) + 2);
        }
        await(
                mesh,
                () -> mesh.stage() == Stage.STABLE
                        && mesh.stored().trustDomain("").equals(mesh.domain));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void a_mesh_moves_with_an_issuer_of_others_of_another_and_of_the_same_anchor(long seed) {
        var mesh = settled(seed, 8);
        var provider = provided(mesh);

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
            awaitStable(mesh);
            assertThat(mesh.stored().trustDomain("")).isEqualTo("new.example");
            mesh.domain = "new.example";
            mesh.state = State.ACTIVE;
            pass(mesh, 10);
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

    /** Has somebody else provide the issuer, and waits until it is in use. */
    private static SimulatedProvider provided(SimulatedMesh mesh) {
        var provider = new SimulatedProvider(mesh.vault, mesh.now, Duration.ofDays(3650));
        mesh.provider = provider;
        await(mesh, () -> mesh.stored().record().provided() && mesh.stage() == Stage.STABLE);
        return provider;
    }
}
