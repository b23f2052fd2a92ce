// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.api.v1alpha1.TrustStatus.Stage;
import dev.selvedge.reconciler.pki.TrustSecrets;
import java.time.Duration;
import java.util.Objects;

/** How time passes in a simulated mesh. */
final class SimulatedTime {
    static final Duration BUSY = Duration.ofMinutes(5);
    private static final Duration QUIET = Duration.ofHours(3);

    private SimulatedTime() {}

    /** A mesh that has certificates. */
    static SimulatedMesh settled(long seed, int proxies) {
        var mesh = new SimulatedMesh(seed, proxies);
        pass(mesh, 10);
        return mesh;
    }

    static void pass(SimulatedMesh mesh, int times) {
        for (int i = 0; i < times; i++) {
            mesh.pass(BUSY);
        }
    }

    static void passTenYears(SimulatedMesh mesh) {
        var end = mesh.now.plus(Duration.ofDays(3653));
        while (mesh.now.isBefore(end)) {
            mesh.pass(mesh.stage() == Stage.STABLE ? QUIET : BUSY);
        }
    }

    static void awaitStable(SimulatedMesh mesh) {
        await(mesh, () -> mesh.stage() == Stage.STABLE);
    }

    /** What is waited for. */
    interface Condition {
        boolean holds();
    }

    static void await(SimulatedMesh mesh, Condition condition) {
        for (int i = 0; i < 20_000; i++) {
            mesh.pass(BUSY);
            if (condition.holds()) {
                return;
            }
        }
        throw new AssertionError("it does not happen; the stage is " + mesh.stage());
    }

    static void assertOnlyTheKeyInUse(SimulatedMesh mesh) {
        var keys = AnchorKeys.of(mesh.vault.read(TrustSecrets.ANCHOR));
        assertThat(keys.next()).isNull();
        assertThat(Objects.requireNonNull(keys.current()).certificate())
                .isEqualTo(mesh.stored().signer().orElseThrow());
    }
}
