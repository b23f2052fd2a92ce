// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.api.v1alpha1.MeshRotation.State;
import dev.selvedge.api.v1alpha1.TrustStatus.Stage;
import dev.selvedge.reconciler.pki.KeyAlgorithm;
import dev.selvedge.reconciler.pki.TrustSecrets;
import dev.selvedge.reconciler.trust.Decision;
import dev.selvedge.reconciler.trust.Reason;
import dev.selvedge.reconciler.trust.RotationPolicy;
import dev.selvedge.reconciler.trust.Rotations;
import dev.selvedge.reconciler.trust.Step;
import dev.selvedge.reconciler.trust.TrustState;
import java.math.BigInteger;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The real state machine and the real steps of the Job, with real anchors and issuers, in simulated time: two replicas
 * that see the Secret late, proxies that take in what they are offered late and go away, a status that is lost, and a Job
 * that dies at every one of its writes.
 */
final class SimulatedMesh {
    static final Duration PATIENCE = Duration.ofHours(1);
    private static final SecureRandom RANDOM = new SecureRandom();

    final MemoryVault vault = new MemoryVault();
    final Set<String> anchors = new HashSet<>();
    final Set<BigInteger> issuers = new HashSet<>();
    final List<SimulatedProxy> proxies = new ArrayList<>();
    final SortedSet<String> aliases = new TreeSet<>();
    State state = State.ACTIVE;
    String domain = "cluster.local";

    /** Who provides the issuer; null when the mesh makes its own. */
    @Nullable
    SimulatedProvider provider;

    @Nullable
    String requested;

    Instant now = Instant.parse("2030-01-01T00:00:00Z");

    private final Random random;
    private final SimulatedProxy.Offer[] replicas = new SimulatedProxy.Offer[2];
    private Optional<Rotations.Memory> status = Optional.empty();
    private Optional<Plan> stale = Optional.empty();
    private TrustState stored;
    private SimulatedProxy.Offer offer;
    private String version = "";
    private Stage stage = Stage.STABLE;
    private boolean recovering;
    private int pods;

    SimulatedMesh(long seed, int size) {
        random = new Random(seed);
        run(plan(Step.BEGIN, TrustState.NONE, Reason.FIRST));
        look();
        for (int i = 0; i < size; i++) {
            proxies.add(new SimulatedProxy("shop/pod-" + pods++));
        }
    }

    TrustState stored() {
        look();
        return stored;
    }

    private SimulatedProxy.Offer offer() {
        look();
        return offer;
    }

    private void look() {
        var secret = vault.read(TrustSecrets.ISSUER).orElseThrow();
        var accepted = new TreeSet<>(aliases);
        accepted.add(domain);
        if (!(secret.version() + accepted).equals(version)) {
            stored = TrustState.read(secret::entry).orElseThrow();
            offer = SimulatedProxy.Offer.of(stored, accepted);
            version = secret.version() + accepted;
            anchors.add(offer.anchor());
            issuers.add(stored.issuer().getSerialNumber());
        }
    }

    Stage stage() {
        return stage;
    }

    /** Some time passes, in which a little of everything happens. */
    Decision pass(Duration time) {
        now = now.plus(time);
        if (provider != null) {
            provider.pass(now);
        }
        var stored = stored();
        for (int i = 0; i < replicas.length; i++) {
            if (replicas[i] == null || random.nextInt(4) != 0) {
                replicas[i] = offer();
            }
        }
        live();
        var decision = Rotations.decide(
                policy(),
                new Rotations.Facts(
                        stored,
                        Optional.ofNullable(provider).flatMap(SimulatedProvider::offer),
                        Optional.empty(),
                        status,
                        proxies.stream().map(proxy -> proxy.told(now)).toList(),
                        offer().version(),
                        random.nextInt(10) != 0,
                        settled(),
                        now));
        stage = decision.stage();
        remember(decision);
        decision.step().ifPresent(step -> attempt(plan(step, stored.id(), decision.reason())));
        check();
        return decision;
    }

    /** The API server is away: nothing is decided and no Job runs; replicas go on with what they have. */
    void away(Duration time) {
        var end = now.plus(time);
        while (now.isBefore(end)) {
            now = now.plus(Duration.ofHours(1));
            recovering = true;
            live();
            checkLeaves();
        }
    }

    private boolean settled() {
        for (int i = 0; i < proxies.size(); i++) {
            if (!proxies.get(i).settled(replicas[i % replicas.length], now)) {
                return false;
            }
        }
        return true;
    }

    private void live() {
        if (random.nextInt(50) == 0) {
            // A pod ends and another begins.
            proxies.set(random.nextInt(proxies.size()), new SimulatedProxy("shop/pod-" + pods++));
        }
        if (random.nextInt(20) == 0) {
            proxies.get(random.nextInt(proxies.size())).leave(now, Duration.ofMinutes(random.nextInt(180)));
        }
        for (int i = 0; i < proxies.size(); i++) {
            proxies.get(i).take(replicas[i % replicas.length], now, random);
        }
    }

    /** The write of the status may be lost, and somebody may wipe it. */
    private void remember(Decision decision) {
        int fate = random.nextInt(1000);
        if (fate == 0) {
            status = Optional.empty();
        } else if (fate > 100) {
            status = Optional.of(new Rotations.Memory(decision.stage(), decision.since()));
        }
    }

    /** Most attempts die somewhere; then the one before comes late. */
    private void attempt(Plan plan) {
        int fault = random.nextInt(6);
        if (fault < 4) {
            vault.killAt(fault / 2, fault % 2 == 1);
        }
        try {
            run(plan);
        } catch (MemoryVault.Killed _) {
            // The next reconciliation asks again, if it is still needed.
        }
        vault.spare();
        stale.ifPresent(this::run);
        stale = Optional.of(plan);
    }

    private void run(Plan plan) {
        new Steps(plan, vault, Clock.fixed(now, ZoneOffset.UTC), RANDOM).run();
    }

    private Plan plan(Step step, String from, Reason reason) {
        return new Plan(
                new Plan.Owner("default", "uid"),
                step,
                from,
                reason,
                requested,
                new Plan.Making(
                        provider != null,
                        false,
                        domain,
                        KeyAlgorithm.ECDSA_P256,
                        policy().anchor().lifetime(),
                        policy().issuer().lifetime()));
    }

    private RotationPolicy policy() {
        return new RotationPolicy(
                provider != null,
                domain,
                new RotationPolicy.Level(Duration.ofHours(8760), Duration.ofHours(2160)),
                new RotationPolicy.Level(Duration.ofHours(720), Duration.ofHours(240)),
                state,
                requested,
                Duration.ofHours(24),
                PATIENCE);
    }

    /** What must be so at every moment. */
    private void check() {
        var stored = stored();
        var issuerEnd = stored.issuerEnd();
        if (!recovering) {
            assertThat(now).as("the issuer is good").isBefore(issuerEnd);
        }
        recovering &= !now.isBefore(issuerEnd);
        assertThat(issuerEnd)
                .isBeforeOrEqualTo(stored.signer().orElseThrow().getNotAfter().toInstant());
        checkLeaves();
    }

    private void checkLeaves() {
        var counted = proxies.stream()
                .filter(proxy -> !proxy.givenUp(now))
                .filter(proxy -> proxy.live(now).isPresent())
                .toList();
        for (var server : counted) {
            var leaf = server.live(now).orElseThrow();
            assertThat(leaf.life().end()).as("no leaf outlives its issuer").isBeforeOrEqualTo(leaf.issuerEnd());
            assertThat(offer().bundle())
                    .as("the bundle has what a live leaf needs")
                    .contains(leaf.anchor());
            for (var client : counted) {
                if (!client.verifies(leaf)) {
                    throw new AssertionError(now + ", " + stage + ": " + client + " does not verify " + server);
                }
            }
        }
    }
}
