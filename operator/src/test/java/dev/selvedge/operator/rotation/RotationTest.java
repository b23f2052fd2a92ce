// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.rotation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.selvedge.reconciler.pki.Authority;
import dev.selvedge.reconciler.pki.Issuer;
import dev.selvedge.reconciler.pki.KeyAlgorithm;
import dev.selvedge.reconciler.pki.Pem;
import dev.selvedge.reconciler.pki.TrustSecrets;
import dev.selvedge.reconciler.trust.Reason;
import dev.selvedge.reconciler.trust.Step;
import dev.selvedge.reconciler.trust.TrustState;
import dev.selvedge.testing.ApiServer;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Against a real API server, with the rights that config/base gives. */
@Tag("cluster")
@ExtendWith(ApiServer.class)
class RotationTest {
    private static final String NAMESPACE = ApiServer.OPERATOR_NAMESPACE;
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final Plan.Owner OWNER = new Plan.Owner("default", "uid-1");
    private static final Plan PLAN = plan(OWNER, Step.BEGIN, TrustState.NONE, "cluster.local");

    private static Plan plan(Plan.Owner owner, Step step, String from, String trustDomain) {
        return new Plan(
                owner,
                step,
                from,
                Reason.SCHEDULED,
                null,
                new Plan.Making(
                        false, false, trustDomain, KeyAlgorithm.ECDSA_P256, Duration.ofDays(365), Duration.ofDays(30)));
    }

    private final KubernetesClient administrator;
    private final KubernetesClient job;
    private final KubernetesClient operator;

    RotationTest(KubernetesClient administrator) {
        this.administrator = administrator;
        this.job = ApiServer.as(administrator, "selvedge-rotation");
        this.operator = ApiServer.as(administrator, "selvedge");
    }

    @AfterEach
    void deleteSecrets() {
        administrator.secrets().inNamespace(NAMESPACE).delete();
        job.close();
        operator.close();
    }

    @Test
    void makesTheAnchorAndAnIssuerThatOwnersCanUse() {
        rotate(PLAN, NOW);

        var issuer = secret(TrustSecrets.ISSUER);
        assertThat(anchors(issuer)).containsExactly(anchor());
        assertThat(issuer.getMetadata().getOwnerReferences())
                .singleElement()
                .satisfies(owner -> assertThat(owner.getUid()).isEqualTo("uid-1"));
        var workload = Issuer.fromPem(
                        text(issuer, TrustSecrets.CERTIFICATE),
                        text(issuer, TrustSecrets.KEY),
                        text(issuer, TrustSecrets.BUNDLE),
                        Clock.fixed(NOW, ZoneOffset.UTC),
                        new SecureRandom())
                .issueWorkload("spiffe://cluster.local/ns/a/sa/b", Duration.ofHours(1));
        assertThat(workload.notAfter()).isEqualTo(NOW.plus(Duration.ofHours(1)));
    }

    @Test
    void runAgainItChangesNothing() {
        rotate(PLAN, NOW);
        var before = versions();

        rotate(PLAN, NOW.plus(Duration.ofDays(10)));

        assertThat(versions()).isEqualTo(before);
    }

    @Test
    void killedBetweenTheTwoItGoesOnWithTheSameAnchor() {
        rotate(PLAN, NOW);
        var anchor = anchor();
        administrator
                .secrets()
                .inNamespace(NAMESPACE)
                .withName(TrustSecrets.ISSUER)
                .delete();

        rotate(PLAN, NOW);

        assertThat(anchor()).isEqualTo(anchor);
        assertThat(anchors(secret(TrustSecrets.ISSUER))).containsExactly(anchor);
    }

    @Test
    void anIssuerIsRenewedUnderTheSameAnchor() {
        rotate(PLAN, NOW);
        var before = certificate(TrustSecrets.ISSUER);
        var anchor = anchor();

        step(Step.RENEW, NOW.plus(Duration.ofDays(21)));

        assertThat(certificate(TrustSecrets.ISSUER)).isNotEqualTo(before);
        assertThat(anchors(secret(TrustSecrets.ISSUER))).containsExactly(anchor);
    }

    @Test
    void theNextAnchorIsDistributedThenSignsThenStandsAlone() throws Exception {
        rotate(PLAN, NOW);
        var old = anchor();
        var issuer = certificate(TrustSecrets.ISSUER);

        step(Step.DISTRIBUTE, NOW);
        assertThat(anchors(secret(TrustSecrets.ISSUER))).hasSize(2).startsWith(old);
        assertThat(certificate(TrustSecrets.ISSUER)).isEqualTo(issuer);

        step(Step.SWITCH, NOW);
        var next = anchors(secret(TrustSecrets.ISSUER)).getLast();
        certificate(TrustSecrets.ISSUER).verify(next.getPublicKey());
        assertThat(text(secret(TrustSecrets.ISSUER), TrustSecrets.PREVIOUS_CERTIFICATE))
                .as("for our own servers")
                .isEqualTo(Pem.write(List.of(issuer)));

        step(Step.RETIRE, NOW);
        assertThat(anchors(secret(TrustSecrets.ISSUER))).containsExactly(next);
        assertThat(anchor()).isEqualTo(next);
        assertThat(secret(TrustSecrets.ANCHOR).getData()).containsOnlyKeys(TrustSecrets.CERTIFICATE, TrustSecrets.KEY);
    }

    @ParameterizedTest
    @EnumSource(KeyAlgorithm.class)
    void theNextAuthoritiesAreOfTheAlgorithmThatIsAskedFor(KeyAlgorithm algorithm) {
        rotate(PLAN, NOW);
        for (var step : List.of(Step.DISTRIBUTE, Step.SWITCH)) {
            var making = new Plan.Making(
                    false, false, "cluster.local", algorithm, Duration.ofDays(365), Duration.ofDays(30));
            rotate(new Plan(OWNER, step, state().id(), Reason.REQUESTED, "t", making), NOW);
        }

        assertThat(List.of(anchors(secret(TrustSecrets.ISSUER)).getLast(), certificate(TrustSecrets.ISSUER)))
                .allSatisfy(made -> assertThat(size(made.getPublicKey()))
                        .isEqualTo(
                                switch (algorithm) {
                                    case ECDSA_P256 -> 256;
                                    case ECDSA_P384 -> 384;
                                    case RSA -> 3072;
                                }));
    }

    private static int size(PublicKey key) {
        return switch (key) {
            case RSAPublicKey rsa -> rsa.getModulus().bitLength();
            case ECPublicKey elliptic -> elliptic.getParams().getOrder().bitLength();
            default -> throw new AssertionError(key.getAlgorithm());
        };
    }

    @Test
    void anIssuerThatOthersProvideIsTakenOverAndTheOwnKeyForgotten() {
        rotate(PLAN, NOW);
        var anchor = provide("cluster.local");

        provided(Step.DISTRIBUTE, NOW);
        assertThat(anchors(secret(TrustSecrets.ISSUER))).hasSize(2).endsWith(anchor);
        provided(Step.SWITCH, NOW);
        assertThat(certificate(TrustSecrets.ISSUER)).isEqualTo(certificate(TrustSecrets.PROVIDED));
        provided(Step.RETIRE, NOW);

        assertThat(anchors(secret(TrustSecrets.ISSUER))).containsExactly(anchor);
        assertThat(secret(TrustSecrets.ANCHOR).getData()).isNullOrEmpty();
    }

    @Test
    void aProvidedIssuerThatCannotBeUsedIsNotTakenOver() {
        rotate(PLAN, NOW);
        provide("other.example");
        var before = versions();

        assertThatThrownBy(() -> provided(Step.DISTRIBUTE, NOW))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("trust domain cluster.local");
        assertThat(versions()).isEqualTo(before);
    }

    /** As somebody else would fill it. */
    private X509Certificate provide(String trustDomain) {
        var authority = new Authority(Clock.fixed(NOW, ZoneOffset.UTC), new SecureRandom());
        var anchor = authority.createAnchor(trustDomain, Duration.ofDays(365));
        var issuer = authority.signIssuer(anchor, trustDomain, Duration.ofDays(30));
        administrator
                .resource(new SecretBuilder()
                        .withNewMetadata()
                        .withNamespace(NAMESPACE)
                        .withName(TrustSecrets.PROVIDED)
                        .endMetadata()
                        .withType("kubernetes.io/tls")
                        .withStringData(Map.of(
                                TrustSecrets.CERTIFICATE, issuer.chainPem(),
                                TrustSecrets.KEY, issuer.keyPem(),
                                TrustSecrets.BUNDLE, anchor.chainPem()))
                        .build())
                .create();
        return anchor.certificate();
    }

    private void provided(Step step, Instant now) {
        var making = new Plan.Making(
                true, false, "cluster.local", KeyAlgorithm.ECDSA_P256, Duration.ofDays(365), Duration.ofDays(30));
        rotate(new Plan(OWNER, step, state().id(), Reason.PROVIDED, null, making), now);
    }

    @Test
    void aStepThatComesLateChangesNothing() {
        rotate(PLAN, NOW);
        var late = plan(OWNER, Step.DISTRIBUTE, state().id(), "cluster.local");
        rotate(late, NOW);
        step(Step.WITHDRAW, NOW);
        var before = versions();

        rotate(late, NOW);

        assertThat(versions()).isEqualTo(before);
    }

    @Test
    void whatAnEarlierMeshLeftIsReplaced() {
        rotate(PLAN, NOW);
        var old = anchor();

        rotate(plan(new Plan.Owner("default", "uid-2"), Step.BEGIN, TrustState.NONE, "other.local"), NOW);

        assertThat(anchor()).isNotEqualTo(old);
        assertThat(anchors(secret(TrustSecrets.ISSUER))).containsExactly(anchor());
    }

    @Test
    void aSpoiltIssuerIsReplaced() {
        rotate(PLAN, NOW);
        administrator
                .secrets()
                .inNamespace(NAMESPACE)
                .withName(TrustSecrets.ISSUER)
                .edit(secret -> new SecretBuilder(secret)
                        .addToData(TrustSecrets.KEY, "c3BvaWx0")
                        .addToData(TrustSecrets.BUNDLE, "c3BvaWx0")
                        .build());

        rotate(PLAN, NOW);

        assertThat(anchors(secret(TrustSecrets.ISSUER))).containsExactly(anchor());
    }

    @Test
    void ofTwoAtOnceOneGivesWayAndTheyEndWithOneAnchor() throws Exception {
        try (var threads = Executors.newFixedThreadPool(2)) {
            Callable<Void> untilItSucceeds = () -> {
                for (int attempt = 0; ; attempt++) {
                    try {
                        rotate(PLAN, NOW);
                        return null;
                    } catch (KubernetesClientException e) {
                        assertThat(e.getCode()).isEqualTo(409);
                        assertThat(attempt).isLessThan(5);
                    }
                }
            };
            for (var run : threads.invokeAll(List.of(untilItSucceeds, untilItSucceeds))) {
                run.get();
            }
        }

        assertThat(anchors(secret(TrustSecrets.ISSUER))).containsExactly(anchor());
        certificate(TrustSecrets.ISSUER).verify(anchor().getPublicKey());
    }

    @Test
    void theAnchorIsOutOfTheOperatorsReach() {
        rotate(PLAN, NOW);

        var secrets = operator.secrets().inNamespace(NAMESPACE);
        // It watches this one Secret, and needs no more.
        assertThat(secrets.withField("metadata.name", TrustSecrets.ISSUER)
                        .list()
                        .getItems())
                .hasSize(1);
        assertUnreadable(secrets.withName(TrustSecrets.ANCHOR));
        assertForbidden(secrets::list);
        assertForbidden(
                () -> job.secrets().inNamespace(NAMESPACE).withName("another").get());
        assertForbidden(() -> job.secrets().inNamespace(NAMESPACE).list());
    }

    @Test
    void aWorkloadReadsNoneOfTheKeys() {
        rotate(PLAN, NOW);

        var config = new ConfigBuilder(administrator.getConfiguration())
                .withImpersonateUsername("system:serviceaccount:shop:buyer")
                .withImpersonateGroups("system:serviceaccounts", "system:serviceaccounts:shop", "system:authenticated")
                .build();
        try (var workload = new KubernetesClientBuilder().withConfig(config).build()) {
            var secrets = workload.secrets().inNamespace(NAMESPACE);
            assertUnreadable(secrets.withName(TrustSecrets.ANCHOR));
            assertUnreadable(secrets.withName(TrustSecrets.ISSUER));
            assertUnreadable(secrets.withName(TrustSecrets.PROVIDED));
            assertForbidden(secrets::list);
        }
    }

    /** By whatever verb. */
    private static void assertUnreadable(Resource<Secret> secret) {
        assertForbidden(secret::get);
        assertForbidden(() -> secret.watch(new Watcher<>() {
            @Override
            public void eventReceived(Action action, Secret seen) {}

            @Override
            public void onClose(WatcherException cause) {}
        }));
        assertForbidden(() -> secret.edit(seen -> seen));
    }

    private static void assertForbidden(Callable<?> call) {
        assertThatThrownBy(call::call)
                .isInstanceOfSatisfying(KubernetesClientException.class, e -> assertThat(e.getCode())
                        .isEqualTo(403));
    }

    private void step(Step step, Instant now) {
        rotate(plan(OWNER, step, state().id(), "cluster.local"), now);
    }

    private TrustState state() {
        return TrustState.of(Optional.of(secret(TrustSecrets.ISSUER)), OWNER.meshUid())
                .orElseThrow();
    }

    private void rotate(Plan plan, Instant now) {
        new Rotation(job, NAMESPACE, Clock.fixed(now, ZoneOffset.UTC), new SecureRandom()).run(plan);
    }

    private X509Certificate anchor() {
        return certificate(TrustSecrets.ANCHOR);
    }

    private X509Certificate certificate(String name) {
        return Pem.readCertificates(text(secret(name), TrustSecrets.CERTIFICATE))
                .getFirst();
    }

    private static List<X509Certificate> anchors(Secret secret) {
        return Pem.readCertificates(text(secret, TrustSecrets.BUNDLE));
    }

    private static String text(Secret secret, String entry) {
        return TrustSecrets.text(secret.getData(), entry).orElseThrow();
    }

    private Secret secret(String name) {
        return administrator.secrets().inNamespace(NAMESPACE).withName(name).require();
    }

    private List<String> versions() {
        return List.of(
                secret(TrustSecrets.ANCHOR).getMetadata().getResourceVersion(),
                secret(TrustSecrets.ISSUER).getMetadata().getResourceVersion());
    }
}
