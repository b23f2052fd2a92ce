// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.mesh;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.selvedge.api.v1alpha1.Condition;
import dev.selvedge.api.v1alpha1.Mesh;
import dev.selvedge.api.v1alpha1.MeshStatus;
import dev.selvedge.api.v1alpha1.TrustStatus;
import dev.selvedge.reconciler.drift.OwnedObjects;
import dev.selvedge.reconciler.ingest.ClusterWatch;
import dev.selvedge.reconciler.leadership.SwitchedLeadership;
import dev.selvedge.reconciler.pki.Authority;
import dev.selvedge.reconciler.pki.Certificates;
import dev.selvedge.reconciler.pki.Lifespan;
import dev.selvedge.reconciler.pki.Pem;
import dev.selvedge.reconciler.pki.TrustSecrets;
import dev.selvedge.reconciler.status.ChangingState;
import dev.selvedge.reconciler.trust.ProxyTrust;
import dev.selvedge.reconciler.trust.TrustRecord;
import dev.selvedge.reconciler.trust.TrustVersions;
import dev.selvedge.testing.ApiServer;
import dev.selvedge.testing.Kubectl;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.MutatingWebhookConfiguration;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobCondition;
import io.fabric8.kubernetes.api.model.batch.v1.JobConditionBuilder;
import io.fabric8.kubernetes.api.model.certificates.v1beta1.ClusterTrustBundle;
import io.fabric8.kubernetes.api.model.certificates.v1beta1.ClusterTrustBundleBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.javaoperatorsdk.operator.Operator;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@Tag("cluster")
@ExtendWith(ApiServer.class)
class MeshReconcilerTest {
    private static final String SYSTEM = "selvedge-system";
    private static final String MEMBER = "mesh-member";

    private final Authority authority = new Authority(Clock.systemUTC(), new SecureRandom());
    private final KubernetesClient client;
    private final Kubectl kubectl;
    private final KubernetesClient restricted;
    private final ClusterWatch watch;
    private final Operator operator;
    private final MeshReconciler reconciler;
    private final SwitchedLeadership leadership = new SwitchedLeadership();
    private volatile Optional<X509Certificate> serving = Optional.empty();
    private volatile Optional<Boolean> podCertificates = Optional.empty();
    private final ChangingState state = new ChangingState();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    MeshReconcilerTest(KubernetesClient client, Kubectl kubectl) {
        this.client = client;
        this.kubectl = kubectl;
        var membership = new Membership();
        this.restricted = ApiServer.as(client, "selvedge");
        this.watch = new ClusterWatch(restricted, Clock.systemUTC(), membership);
        var owned = new OwnedObjects(restricted, new SimpleMeterRegistry(), Clock.systemUTC());
        this.operator = new Operator(o -> o.withKubernetesClient(restricted));
        this.reconciler = new MeshReconciler(
                state,
                leadership,
                membership,
                owned,
                new MeshSettings(SYSTEM, "selvedge", "selvedge.dev/operator:dev", "selvedge.dev/ratelimit:dev"),
                new ThisReplica() {
                    @Override
                    public Optional<X509Certificate> servingCertificate() {
                        return serving;
                    }

                    @Override
                    public Optional<Boolean> podCertificates() {
                        return podCertificates;
                    }
                },
                meters,
                Clock.systemUTC());
        operator.register(reconciler);
    }

    @BeforeEach
    void start() {
        namespace(MEMBER, Map.of("selvedge.dev/mesh", "default"));
        watch.start();
        operator.start();
    }

    @AfterEach
    void stop() throws Exception {
        watch.close();
        operator.stop();
        client.resources(Mesh.class).delete();
        client.secrets().inNamespace(SYSTEM).withName(TrustSecrets.ISSUER).delete();
        client.secrets().inNamespace(SYSTEM).withName(TrustSecrets.PROVIDED).delete();
        client.configMaps()
                .inNamespace(SYSTEM)
                .withName(TrustSecrets.ADDITIONAL_ANCHORS)
                .delete();
        client.configMaps().inNamespace(MEMBER).withName("selvedge-trust").delete();
        client.batch().v1().jobs().inNamespace(SYSTEM).delete();
        published().delete();
        client.admissionRegistration().v1().mutatingWebhookConfigurations().delete();
        client.admissionRegistration().v1().validatingWebhookConfigurations().delete();
        client.pods().inNamespace(MEMBER).withGracePeriod(0).delete();
        client.pods().inNamespace(SYSTEM).withGracePeriod(0).delete();
    }

    @Test
    void aNewMeshAsksForItsCertificates() {
        var mesh = mesh("default");

        await().untilAsserted(() -> assertThat(
                        client.batch().v1().jobs().inNamespace(SYSTEM).list().getItems())
                .singleElement()
                .satisfies(job -> {
                    assertThat(job.getMetadata().getName()).startsWith("selvedge-rotation-");
                    assertThat(job.getSpec().getTemplate().getSpec().getServiceAccountName())
                            .isEqualTo("selvedge-rotation");
                    assertOwned(job, mesh);
                }));
        await().untilAsserted(() -> {
            assertThat(condition("default", "Ready").status()).isEqualTo(Condition.Status.FALSE);
            assertThat(condition("default", "TrustHealthy").reason()).isEqualTo("Pending");
            assertThat(condition("default", "Reconciling").status()).isEqualTo(Condition.Status.TRUE);
        });
    }

    @Test
    void aReplicaThatDoesNotLeadWritesNothingAndCatchesUpWhenItLeads() {
        leadership.lose();
        var mesh = mesh("default");
        // Without a context it could not even look at what there is.
        assertThat(reconciler.reconcile(mesh, null).isNoUpdate()).isTrue();

        leadership.gain();

        await().untilAsserted(() -> assertThat(
                        client.batch().v1().jobs().inNamespace(SYSTEM).list().getItems())
                .hasSize(1));
    }

    @Test
    void aRotationThatFailedSaysWhyAndIsTriedAgain() {
        mesh("default");
        var jobs = client.batch().v1().jobs().inNamespace(SYSTEM);
        await().until(() -> jobs.list().getItems().size() == 1);
        var first = jobs.list().getItems().getFirst();
        assertThat(first.getMetadata().getName()).endsWith("-1");
        lastWords(first, "Secret selvedge-issuer: no room");
        fail(first);

        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> assertThat(condition("default", "TrustHealthy"))
                .satisfies(healthy -> assertThat(healthy.reason()).isEqualTo("RotationFailed"))
                .satisfies(healthy -> assertThat(healthy.message())
                        .contains("Attempt 1 to make certificates failed", "selvedge-issuer: no room")));
        await().atMost(Duration.ofSeconds(30))
                .until(() -> jobs.list().getItems().size() == 2);
        assertThat(jobs.list().getItems())
                .extracting(job -> job.getMetadata().getName())
                .contains(first.getMetadata().getName().replaceAll("-1$", "-2"));
        assertThat(client.v1().events().inNamespace("default").list().getItems())
                .filteredOn(event -> event.getReason().equals("RotationFailed")
                        && event.getMessage().contains(first.getMetadata().getName()))
                .singleElement()
                .satisfies(event -> assertThat(event.getMessage()).contains("no room"));
    }

    /** As the kubelet and the Job controller would tell it; neither is here. */
    private void lastWords(Job job, String words) {
        var pod = client.resource(new PodBuilder()
                        .withNewMetadata()
                        .withNamespace(SYSTEM)
                        .withName(job.getMetadata().getName() + "-abcde")
                        .addToLabels(
                                "batch.kubernetes.io/job-name",
                                job.getMetadata().getName())
                        .endMetadata()
                        .withSpec(job.getSpec()
                                .getTemplate()
                                .getSpec()
                                .edit()
                                // Nobody but the Job controller may use the account.
                                .withServiceAccountName(null)
                                .withServiceAccount(null)
                                .build())
                        .build())
                .create();
        client.resource(pod.edit()
                        .withNewStatus()
                        .withPhase("Failed")
                        .addNewContainerStatus()
                        .withName("rotate")
                        .withImage("selvedge.dev/operator:dev")
                        .withImageID("")
                        .withReady(false)
                        .withRestartCount(0)
                        .withNewState()
                        .withNewTerminated()
                        .withExitCode(1)
                        .withMessage(words)
                        .endTerminated()
                        .endState()
                        .endContainerStatus()
                        .endStatus()
                        .build())
                .updateStatus();
    }

    private void fail(Job job) {
        var now = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
        client.resource(job.edit()
                        .withNewStatus()
                        .withStartTime(now)
                        .withFailed(1)
                        .addToConditions(ended("FailureTarget", now), ended("Failed", now))
                        .endStatus()
                        .build())
                .updateStatus();
    }

    private static JobCondition ended(String type, String now) {
        return new JobConditionBuilder()
                .withType(type)
                .withStatus("True")
                .withReason("BackoffLimitExceeded")
                .withMessage("Job has reached the specified backoff limit")
                .withLastTransitionTime(now)
                .build();
    }

    @Test
    void theEndOfTheServingCertificateIsInTheStatusAndAWarningWhenItIsNotRenewed() {
        var almostOver = new Authority(Clock.offset(Clock.systemUTC(), Duration.ofDays(-98)), new SecureRandom())
                .createAnchor("cluster.local", Duration.ofDays(100));
        serving = Optional.of(almostOver.certificate());
        issue(mesh("default"));

        await().untilAsserted(() -> {
            assertThat(trust().servingNotAfter())
                    .isEqualTo(almostOver.notAfter().truncatedTo(ChronoUnit.MINUTES));
            assertThat(condition("default", "TrustHealthy"))
                    .extracting(Condition::reason)
                    .isEqualTo("Expiring");
        });
        assertThat(client.v1().events().inNamespace("default").list().getItems())
                .anySatisfy(event -> {
                    assertThat(event.getReason()).isEqualTo("Expiring");
                    assertThat(event.getMessage()).contains("serving certificate", "3 % of its life");
                });
    }

    @Test
    void aProxyWhoseCertificateIsNotRenewedIsNamedByAnEventAndTheCondition() {
        var end = Instant.now().plus(Duration.ofHours(1)).truncatedTo(ChronoUnit.MINUTES);
        state.trusted(List.of(new ProxyTrust(
                MEMBER + "/a",
                true,
                Instant.EPOCH,
                "bundle",
                "anchor",
                Optional.of(new Lifespan(end.minus(Duration.ofHours(24)), end)))));
        issue(mesh("default"));

        await().untilAsserted(() -> {
            assertThat(trust().oldestWorkloadNotAfter()).isEqualTo(end);
            assertThat(condition("default", "TrustHealthy"))
                    .extracting(Condition::reason)
                    .isEqualTo("Expiring");
        });
        assertThat(client.v1().events().inNamespace("default").list().getItems())
                .anySatisfy(event -> {
                    assertThat(event.getReason()).isEqualTo("Expiring");
                    assertThat(event.getMessage()).contains("pod " + MEMBER + "/a ends at", "10 % of its life");
                });
    }

    @Test
    void withCertificatesItIsReadyAndOwnsBundlesAndWebhooks() {
        var mesh = mesh("default");
        issue(mesh);

        await().untilAsserted(() -> {
            assertThat(condition("default", "Ready").status()).isEqualTo(Condition.Status.TRUE);
            assertThat(status().conditions()).noneMatch(c -> c.type().equals("Reconciling"));
            assertThat(status().members())
                    .extracting(MeshStatus.Members::namespaces)
                    .isEqualTo(1);
        });
        assertOwned(
                client.configMaps()
                        .inNamespace(MEMBER)
                        .withName("selvedge-trust")
                        .require(),
                mesh);
        var webhooks = client.admissionRegistration().v1();
        assertOwned(injector(), mesh);
        assertThat(caBundle()).isEqualTo(stored(TrustSecrets.BUNDLE));
        assertThat(injector().getMetadata().getManagedFields())
                .as("nobody else has written it, so that nothing that is kept in Git drifts")
                .singleElement()
                .satisfies(fields -> {
                    assertThat(fields.getManager()).isEqualTo("selvedge");
                    assertThat(fields.getOperation()).isEqualTo("Apply");
                    assertThat(fields.getFieldsV1().toString()).contains("f:caBundle");
                });
        assertOwned(
                webhooks.validatingWebhookConfigurations()
                        .withName("selvedge-validator")
                        .require(),
                mesh);
    }

    @Test
    void anEditedBundleComesBackAndTheMeshCountsIt() {
        issue(mesh("default"));
        var bundle = client.configMaps().inNamespace(MEMBER).withName("selvedge-trust");
        await().until(() -> bundle.get() != null);
        var original = bundle.get().getData();
        await().untilAsserted(
                        () -> assertThat(condition("default", "Ready").status()).isEqualTo(Condition.Status.TRUE));

        bundle.edit(map -> map.edit().addToData("ca.crt", "forged").build());

        await().atMost(Duration.ofSeconds(3))
                .untilAsserted(() -> assertThat(bundle.get().getData()).isEqualTo(original));
        await().untilAsserted(() -> {
            assertThat(status().drift())
                    .isNotNull()
                    .extracting(MeshStatus.Drift::corrected, MeshStatus.Drift::lastObject)
                    .containsExactly(1L, "ConfigMap " + MEMBER + "/selvedge-trust");
        });
        assertThat(client.v1().events().inNamespace("default").list().getItems())
                .anySatisfy(event -> assertThat(event.getMessage()).contains("data.ca.crt changed by"));

        bundle.delete();
        await().atMost(Duration.ofSeconds(3)).until(() -> bundle.get() != null);
    }

    @Test
    void pod_certificates_that_the_cluster_does_not_offer_are_told_and_those_that_it_offers_too() {
        issue(mesh("default"));
        await().untilAsserted(
                        () -> assertThat(condition("default", "Ready").status()).isEqualTo(Condition.Status.TRUE));
        assertThat(status().conditions()).noneMatch(c -> c.type().equals("PodCertificates"));
        provisioning("PodCertificate");
        await().untilAsserted(() -> {
            assertThat(condition("default", "PodCertificates").reason()).isEqualTo("NotOffered");
            assertThat(condition("default", "PodCertificates").message()).contains("control plane makes the keys");
        });
        podCertificates = Optional.of(true);
        provisioning("ControlPlane");
        await().untilAsserted(() ->
                assertThat(status().conditions()).noneMatch(c -> c.type().equals("PodCertificates")));
        provisioning("PodCertificate");
        await().untilAsserted(() ->
                assertThat(condition("default", "PodCertificates").reason()).isEqualTo("Offered"));
    }

    private void provisioning(String value) {
        client.resources(Mesh.class)
                .withName("default")
                .patch(
                        PatchContext.of(PatchType.JSON_MERGE),
                        "{\"spec\":{\"identity\":{\"provisioning\":\"%s\"}}}".formatted(value));
    }

    @Test
    void theAnchorsArePublishedForTheWholeClusterAndPutBack() {
        var mesh = mesh("default");
        issue(mesh);
        await().untilAsserted(() -> assertThat(published().get()).isNotNull().satisfies(bundle -> {
            assertOwned(bundle, mesh);
            assertThat(bundle.getSpec().getSignerName()).isEqualTo("selvedge.dev/mesh");
            assertThat(bundle.getSpec().getTrustBundle()).isEqualTo(stored(TrustSecrets.BUNDLE));
        }));
        await().untilAsserted(
                        () -> assertThat(condition("default", "Ready").status()).isEqualTo(Condition.Status.TRUE));

        var forged =
                Pem.write(authority.createAnchor("evil", Duration.ofDays(1)).chain());
        published().edit(bundle -> bundle.edit()
                .editSpec()
                .withTrustBundle(forged)
                .endSpec()
                .build());
        await().atMost(Duration.ofSeconds(3))
                .untilAsserted(() -> assertThat(published().require().getSpec().getTrustBundle())
                        .isEqualTo(stored(TrustSecrets.BUNDLE)));
        await().untilAsserted(() -> assertThat(status().drift())
                .isNotNull()
                .extracting(MeshStatus.Drift::lastObject)
                .isEqualTo("ClusterTrustBundle selvedge.dev:mesh:trust"));

        published().delete();
        await().atMost(Duration.ofSeconds(3)).until(() -> published().get() != null);
    }

    /** Whoever may write it tells the cluster whom to trust: it is bound to our signer and to its name. */
    @Test
    void theOperatorMaySpeakForNoOtherSigner() {
        var another = new ClusterTrustBundleBuilder()
                .withNewMetadata()
                .withName("example.com:mesh:trust")
                .endMetadata()
                .withNewSpec()
                .withSignerName("example.com/mesh")
                .withTrustBundle(Pem.write(
                        authority.createAnchor("evil", Duration.ofDays(1)).chain()))
                .endSpec()
                .build();
        assertThatThrownBy(() -> restricted.resource(another).create()).hasMessageContaining("forbidden");
    }

    private Resource<ClusterTrustBundle> published() {
        return client.resources(ClusterTrustBundle.class).withName("selvedge.dev:mesh:trust");
    }

    @Test
    void aRequestedRotationGoesOnWhenEveryProxyHasWhatItNeeds() {
        var mesh = mesh("default");
        issue(mesh);
        await().untilAsserted(() -> assertThat(trust().stage()).isEqualTo(TrustStatus.Stage.STABLE));
        var old = trust().anchors().getFirst();

        client.resources(Mesh.class)
                .withName("default")
                .patch(
                        PatchContext.of(PatchType.JSON_MERGE),
                        "{\"spec\":{\"identity\":{\"rotation\":{\"requested\":\"t1\",\"drain\":\"1s\"}}}}");
        awaitStep("distribute");

        var next = authority.createAnchor("cluster.local", Duration.ofDays(365));
        var started = new TrustRecord.Next(
                Certificates.fingerprint(next.certificate()), "Requested", Instant.now(), false, null);
        var record = TrustRecord.EMPTY.taken("t1").under(started);
        var both = List.of(Pem.readCertificates(stored(TrustSecrets.BUNDLE)).getFirst(), next.certificate());
        state.trusted(List.of(proxy("old bundle", "old anchor")));
        store(stored(TrustSecrets.CERTIFICATE), both, record);
        await().untilAsserted(() -> {
            assertThat(trust().stage()).isEqualTo(TrustStatus.Stage.DISTRIBUTING);
            assertThat(trust().anchors()).hasSize(2).first().isEqualTo(old);
            assertThat(trust().requested()).isEqualTo("t1");
            assertThat(requireNonNull(trust().waitingFor()).names()).containsExactly(MEMBER + "/a");
            assertThat(condition("default", "TrustHealthy").message()).contains("1 of 1 proxies", MEMBER + "/a");
        });
        assertThat(kubectl.run("get", "meshes.selvedge.dev").succeeded().text()).contains(" Distributing ");
        assertThat(kubectl.run("describe", "meshes.selvedge.dev", "default")
                        .succeeded()
                        .text()
                        .lines()
                        .map(line -> line.strip().replaceAll(" +", " ")))
                .contains(
                        "Stage: Distributing",
                        "Waiting For:",
                        "Message: 1 of 1 proxies do not trust the next anchor and trust domain yet: " + MEMBER + "/a.",
                        MEMBER + "/a");
        await().untilAsserted(() ->
                assertThat(caBundle()).as("webhooks are called by both").isEqualTo(Pem.write(both)));

        var bundle = TrustVersions.bundle(new TreeMap<>(Map.of("cluster.local", both)));
        state.trusted(List.of(proxy(bundle, "old anchor")));
        awaitStep("switch");

        var switched = record.under(started.onceSwitched());
        store(authority.signIssuer(next, "cluster.local", Duration.ofDays(30)).chainPem(), both, switched);
        await().untilAsserted(() -> assertThat(trust().stage()).isEqualTo(TrustStatus.Stage.SWITCHING));
        state.trusted(List.of(proxy(bundle, TrustVersions.authority(next.certificate(), "cluster.local"))));
        awaitStep("retire");

        var past = new TrustRecord.Past(
                "Anchor", "Requested", "Completed", started.fingerprint(), Instant.now(), Instant.now());
        store(
                stored(TrustSecrets.CERTIFICATE),
                next.chain(),
                TrustRecord.EMPTY.taken("t1").after(past));
        await().untilAsserted(() -> {
            assertThat(trust().stage()).isEqualTo(TrustStatus.Stage.STABLE);
            assertThat(trust().history()).singleElement().satisfies(over -> {
                assertThat(over.level()).isEqualTo("Anchor");
                assertThat(over.reason()).isEqualTo("Requested");
                assertThat(over.outcome()).isEqualTo("Completed");
                assertThat(over.fingerprint()).isEqualTo(started.fingerprint());
            });
        });
        await().untilAsserted(() -> assertThat(caBundle()).isEqualTo(next.chainPem()));
        assertThat(client.v1().events().inNamespace("default").list().getItems())
                .extracting(event -> event.getReason())
                .contains("Distributing", "Switching", "Retiring");
    }

    @Test
    void anIssuerThatOthersProvideIsTakenOverWhenItCanBeUsed() {
        var mesh = mesh("default");
        issue(mesh);
        await().untilAsserted(() -> assertThat(trust().stage()).isEqualTo(TrustStatus.Stage.STABLE));
        // One for the first anchor, if the reconciler saw the Mesh before there was one.
        client.batch().v1().jobs().inNamespace(SYSTEM).delete();
        client.resources(Mesh.class)
                .withName("default")
                .patch(
                        PatchContext.of(PatchType.JSON_MERGE),
                        "{\"spec\":{\"identity\":{\"issuer\":{\"source\":\"Secret\"}}}}");
        awaitRefusal("Secret selvedge-provided-issuer: It is not there.");

        var anchor = authority.createAnchor("cluster.local", Duration.ofDays(365));
        var issuer = authority.signIssuer(anchor, "cluster.local", Duration.ofDays(30));
        provide(issuer.chainPem(), anchor.keyPem(), anchor.chainPem());
        awaitRefusal("tls.key is not the key of the first certificate in tls.crt");
        assertThat(condition("default", "Ready").status()).isEqualTo(Condition.Status.TRUE);
        assertThat(refused("issuer")).isEqualTo(1);
        assertThat(refused("additional-anchors")).isZero();
        assertThat(client.v1().events().inNamespace("default").list().getItems())
                .anySatisfy(event -> assertThat(event.getReason()).isEqualTo("IssuerRefused"));
        assertThat(client.batch().v1().jobs().inNamespace(SYSTEM).list().getItems())
                .as("nothing is done about it")
                .isEmpty();

        leadership.lose();
        assertThat(refused("issuer")).as("of a replica that does not judge").isZero();
        leadership.gain();

        provide(issuer.chainPem(), issuer.keyPem(), anchor.chainPem());
        awaitStep("distribute");
        assertThat(refused("issuer")).isZero();
        await().untilAsserted(() ->
                assertThat(condition("default", "TrustHealthy").status()).isEqualTo(Condition.Status.TRUE));

        store(issuer.chainPem(), anchor.chain(), TrustRecord.EMPTY.by(true));
        await().untilAsserted(
                        () -> assertThat(condition("default", "TrustHealthy").message())
                                .contains("Whoever fills Secret selvedge-provided-issuer renews it"));
        var next = authority.signIssuer(anchor, "cluster.local", Duration.ofDays(30));
        provide(next.chainPem(), next.keyPem(), anchor.chainPem());
        awaitStep("renew");
    }

    @Test
    void anchorsThatOthersListAreTrustedWhenAllOfThemCanBeUsed() {
        issue(mesh("default"));
        await().untilAsserted(() -> assertThat(trust().stage()).isEqualTo(TrustStatus.Stage.STABLE));
        client.resources(Mesh.class)
                .withName("default")
                .patch(
                        PatchContext.of(PatchType.JSON_MERGE),
                        "{\"spec\":{\"identity\":{\"trustBundle\":{\"source\":\"ConfigMap\"}}}}");
        list("nonsense");
        await().untilAsserted(() -> {
            assertThat(condition("default", "TrustHealthy").reason()).isEqualTo("BundleRefused");
            assertThat(condition("default", "TrustHealthy").message()).contains("cannot be read");
        });
        assertThat(refused("additional-anchors")).isEqualTo(1);

        var other = authority.createAnchor("cluster.local", Duration.ofDays(365));
        list(other.chainPem());
        awaitStep("trust");

        client.secrets().inNamespace(SYSTEM).withName(TrustSecrets.ISSUER).edit(secret -> secret.edit()
                .addToStringData(TrustSecrets.ADDITIONAL, other.chainPem())
                .build());
        await().untilAsserted(() -> assertThat(trust().additionalAnchors()).hasSize(1));
        await().untilAsserted(() -> assertThat(client.configMaps()
                        .inNamespace(MEMBER)
                        .withName("selvedge-trust")
                        .require()
                        .getData())
                .containsEntry("ca.crt", stored(TrustSecrets.BUNDLE))
                .containsEntry("workloads.crt", stored(TrustSecrets.BUNDLE) + other.chainPem()));
        assertThat(refused("additional-anchors")).isZero();
        assertThat(published().require().getSpec().getTrustBundle())
                .as("what is published under our signer is what certificates of ours are checked with")
                .isEqualTo(stored(TrustSecrets.BUNDLE));

        list(other.chainPem()
                + Pem.write(authority
                        .signIssuer(other, "cluster.local", Duration.ofDays(30))
                        .chain()));
        await().untilAsserted(() -> {
            assertThat(condition("default", "TrustHealthy").reason()).isEqualTo("BundleRefused");
            assertThat(condition("default", "TrustHealthy").message())
                    .contains("The additional trust anchors of before stay.", "not signed by itself");
        });
        assertThat(trust().additionalAnchors()).hasSize(1);
        assertThat(client.v1().events().inNamespace("default").list().getItems())
                .anySatisfy(event -> assertThat(event.getReason()).isEqualTo("BundleRefused"));
    }

    private double refused(String what) {
        return meters.get("selvedge.trust.refused").tag("what", what).gauge().value();
    }

    private void list(String anchors) {
        client.resource(new ConfigMapBuilder()
                        .withNewMetadata()
                        .withNamespace(SYSTEM)
                        .withName(TrustSecrets.ADDITIONAL_ANCHORS)
                        .endMetadata()
                        .addToData("ca.crt", anchors)
                        .build())
                .fieldManager("trust-manager")
                .forceConflicts()
                .serverSideApply();
    }

    private void awaitRefusal(String words) {
        await().untilAsserted(() -> {
            assertThat(condition("default", "TrustHealthy").reason()).isEqualTo("IssuerRefused");
            assertThat(condition("default", "TrustHealthy").message()).contains(words);
        });
    }

    private void provide(String certificate, String key, String anchor) {
        client.resource(new SecretBuilder()
                        .withNewMetadata()
                        .withNamespace(SYSTEM)
                        .withName(TrustSecrets.PROVIDED)
                        .endMetadata()
                        .withType("kubernetes.io/tls")
                        .withStringData(Map.of(
                                TrustSecrets.CERTIFICATE, certificate,
                                TrustSecrets.KEY, key,
                                TrustSecrets.BUNDLE, anchor))
                        .build())
                .fieldManager("cert-manager")
                .forceConflicts()
                .serverSideApply();
    }

    private static ProxyTrust proxy(String bundle, String anchor) {
        return new ProxyTrust(MEMBER + "/a", true, Instant.EPOCH, bundle, anchor, Optional.empty());
    }

    private String caBundle() {
        return text(injector().getWebhooks().getFirst().getClientConfig().getCaBundle());
    }

    private MutatingWebhookConfiguration injector() {
        return client.admissionRegistration()
                .v1()
                .mutatingWebhookConfigurations()
                .withName("selvedge-injector")
                .require();
    }

    private static String text(String base64) {
        return new String(Base64.getDecoder().decode(base64), StandardCharsets.US_ASCII);
    }

    private void awaitStep(String step) {
        await("a Job with the step " + step)
                .atMost(Duration.ofSeconds(30))
                .until(() -> client.batch().v1().jobs().inNamespace(SYSTEM).list().getItems().stream()
                        .anyMatch(job -> job.getSpec()
                                .getTemplate()
                                .getSpec()
                                .getContainers()
                                .getFirst()
                                .getArgs()
                                .contains("--step=" + step)));
    }

    private TrustStatus trust() {
        assertThat(status()).isNotNull().extracting(MeshStatus::trust).isNotNull();
        return requireNonNull(status().trust());
    }

    private String stored(String entry) {
        return TrustSecrets.text(
                        client.secrets()
                                .inNamespace(SYSTEM)
                                .withName(TrustSecrets.ISSUER)
                                .require()
                                .getData(),
                        entry)
                .orElseThrow();
    }

    private void store(String issuer, List<X509Certificate> bundle, TrustRecord record) {
        client.secrets().inNamespace(SYSTEM).withName(TrustSecrets.ISSUER).edit(secret -> secret.edit()
                .addToStringData(TrustSecrets.CERTIFICATE, issuer)
                .addToStringData(TrustSecrets.BUNDLE, Pem.write(bundle))
                .addToStringData(TrustSecrets.RECORD, record.json())
                .build());
    }

    /** The API server checks the rights of whoever sets an owner reference. */
    @Test
    void theOperatorMayPutBackAnOwnerReference() {
        var mesh = mesh("default");
        issue(mesh);
        var bundle = client.configMaps().inNamespace(MEMBER).withName("selvedge-trust");
        await().until(() -> bundle.get() != null);

        bundle.edit(map -> map.edit()
                .editMetadata()
                .withOwnerReferences(List.of())
                .endMetadata()
                .build());

        await().untilAsserted(() -> assertOwned(bundle.require(), mesh));
    }

    @Test
    void aNamespaceThatJoinsGetsTheBundleAndOneThatLeavesLosesIt() {
        issue(mesh("default"));
        var bundle = client.configMaps().inNamespace(MEMBER).withName("selvedge-trust");
        await().until(() -> bundle.get() != null);

        namespace(MEMBER, Map.of());
        await().until(() -> bundle.get() == null);

        namespace(MEMBER, Map.of("selvedge.dev/mesh", "default"));
        await().until(() -> bundle.get() != null);
    }

    @Test
    void aPodWithoutAProxyIsNamed() {
        var pod = client.resource(new PodBuilder()
                        .withNewMetadata()
                        .withNamespace(MEMBER)
                        .withName("old")
                        .endMetadata()
                        .withNewSpec()
                        .addNewContainer()
                        .withName("a")
                        .withImage("a")
                        .endContainer()
                        .endSpec()
                        .build())
                .create();
        client.resource(pod.edit()
                        .withNewStatus()
                        .withPhase("Running")
                        .addNewPodIP("10.9.9.9")
                        .endStatus()
                        .build())
                .updateStatus();
        issue(mesh("default"));

        await().untilAsserted(() -> {
            assertThat(condition("default", "MembersInjected").message()).contains("mesh-member/old");
            assertThat(status().members())
                    .extracting(MeshStatus.Members::notInjected)
                    .isEqualTo(1);
        });
    }

    @Test
    void aYoungerMeshSaysThatItIsNotInForceUntilTheOlderIsGone() {
        mesh("default");
        await().untilAsserted(() -> condition("default", "Ready"));
        await().pollDelay(Duration.ofMillis(1100)).until(() -> true);
        mesh("second");

        await().untilAsserted(() -> {
            assertThat(condition("second", "Ready").reason()).isEqualTo("Conflicted");
            assertThat(condition("second", "Stalled").message()).contains("Mesh default is older");
        });

        client.resources(Mesh.class).withName("default").delete();
        await().untilAsserted(
                        () -> assertThat(condition("second", "Ready").reason()).isEqualTo("Pending"));
    }

    private MeshStatus status() {
        return client.resources(Mesh.class).withName("default").require().getStatus();
    }

    private Condition condition(String mesh, String type) {
        return client.resources(Mesh.class).withName(mesh).require().getStatus().conditions().stream()
                .filter(c -> c.type().equals(type))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no condition " + type));
    }

    private static void assertOwned(HasMetadata object, Mesh mesh) {
        assertThat(object.getMetadata().getOwnerReferences()).singleElement().satisfies(owner -> assertThat(
                        owner.getUid())
                .isEqualTo(mesh.getMetadata().getUid()));
    }

    private Mesh mesh(String name) {
        var mesh = new Mesh();
        mesh.getMetadata().setName(name);
        return client.resource(mesh).create();
    }

    private void namespace(String name, Map<String, String> labels) {
        client.resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .withLabels(labels)
                        .endMetadata()
                        .build())
                .fieldManager("test")
                .serverSideApply();
    }

    private void issue(Mesh mesh) {
        var anchor = authority.createAnchor("cluster.local", Duration.ofDays(365));
        var issuer = authority.signIssuer(anchor, "cluster.local", Duration.ofDays(30));
        client.resource(new SecretBuilder()
                        .withNewMetadata()
                        .withNamespace(SYSTEM)
                        .withName(TrustSecrets.ISSUER)
                        .addNewOwnerReference()
                        .withApiVersion("selvedge.dev/v1alpha1")
                        .withKind("Mesh")
                        .withName(mesh.getMetadata().getName())
                        .withUid(mesh.getMetadata().getUid())
                        .endOwnerReference()
                        .endMetadata()
                        .withStringData(Map.of(
                                TrustSecrets.CERTIFICATE,
                                issuer.chainPem(),
                                TrustSecrets.KEY,
                                issuer.keyPem(),
                                TrustSecrets.BUNDLE,
                                Pem.write(anchor.chain())))
                        .build())
                .create();
    }
}
