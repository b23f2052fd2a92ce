// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.drift;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.reconciler.drift.OwnedObjects.DriftMode;
import dev.selvedge.testing.ApiServer;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@Tag("cluster")
@ExtendWith(ApiServer.class)
class OwnedObjectsTest {
    private final String namespace = "drift-" + UUID.randomUUID().toString().substring(0, 8);
    private final KubernetesClient client;
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private OwnedObjects owned;
    private Namespace owner = new Namespace();

    OwnedObjectsTest(KubernetesClient client) {
        this.client = client;
        this.owned = started();
    }

    private OwnedObjects started() {
        return new OwnedObjects(client, meters, Clock.systemUTC());
    }

    @BeforeEach
    void createNamespace() {
        owner = client.resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(namespace)
                        .endMetadata()
                        .build())
                .create();
    }

    @Test
    void whatIsAppliedIsThereAndApplyingItAgainChangesNothing() {
        apply("a", DriftMode.CORRECT);
        var version = map().getMetadata().getResourceVersion();

        assertThat(apply("a", DriftMode.CORRECT).drifts()).isEmpty();
        owned = started();
        assertThat(apply("a", DriftMode.CORRECT).drifts()).isEmpty();
        assertThat(map().getMetadata().getResourceVersion()).isEqualTo(version);
    }

    @Test
    void aNewWishIsNoDrift() {
        apply("a", DriftMode.CORRECT);
        owned = started();

        assertThat(apply("b", DriftMode.CORRECT).drifts()).isEmpty();
        assertThat(map().getData()).containsEntry("ours", "b");
    }

    @Test
    void aChangeBySomebodyElseIsPutBackAndToldWithFieldAndManager() {
        apply("a", DriftMode.CORRECT);
        editMap("x");
        // Also when the process that applied it is gone.
        owned = started();

        var drifts = apply("a", DriftMode.CORRECT).drifts();

        assertThat(map().getData()).containsEntry("ours", "a");
        assertThat(drifts).singleElement().satisfies(drift -> {
            assertThat(drift.fields()).containsExactly("data.ours");
            assertThat(drift.manager()).isEqualTo("somebody");
            assertThat(drift.corrected()).isTrue();
        });
        assertThat(events())
                .containsExactly(
                        "DriftCorrected: ConfigMap " + namespace + "/it: data.ours changed by somebody; put back.");
        assertThat(meters.counter("selvedge.drift", "kind", "ConfigMap", "corrected", "true")
                        .count())
                .isEqualTo(1);
    }

    @Test
    void aDeletedObjectComesBack() {
        apply("a", DriftMode.CORRECT);
        client.resource(map()).delete();

        assertThat(apply("a", DriftMode.CORRECT).drifts())
                .singleElement()
                .satisfies(drift -> assertThat(drift.message()).contains("was deleted; put back"));
        assertThat(map().getData()).containsEntry("ours", "a");
    }

    @Test
    void reportedDriftIsToldOnceAndLeft() {
        apply("a", DriftMode.CORRECT);
        editMap("x");

        assertThat(apply("a", DriftMode.REPORT).drifts()).hasSize(1);
        assertThat(apply("a", DriftMode.REPORT).drifts()).isEmpty();
        assertThat(map().getData()).containsEntry("ours", "x");
        assertThat(events()).singleElement().asString().startsWith("DriftFound");

        apply("a", DriftMode.CORRECT);
        assertThat(map().getData()).containsEntry("ours", "a");
    }

    @Test
    void aReportedDeletionIsToldOnceAndLeft() {
        apply("a", DriftMode.CORRECT);
        client.resource(map()).delete();

        assertThat(apply("a", DriftMode.REPORT).drifts()).hasSize(1);
        assertThat(apply("a", DriftMode.REPORT).drifts()).isEmpty();
        assertThat(client.configMaps().inNamespace(namespace).withName("it").get())
                .isNull();

        apply("a", DriftMode.CORRECT);
        assertThat(map().getData()).containsEntry("ours", "a");
    }

    @Test
    void whatGoesWithItsNamespaceIsNoDriftAndNoFailure() {
        apply("a", DriftMode.CORRECT);
        // Nothing ends it here: it stays as one with a finalizer does.
        client.namespaces().withName(namespace).delete();
        client.resource(map()).delete();

        for (var mode : DriftMode.values()) {
            var result = apply("a", mode);
            assertThat(result.drifts()).isEmpty();
            assertThat(result.objects()).isEmpty();
        }
        assertThat(owned.corrected()).isZero();
        assertThat(events()).isEmpty();
    }

    @Test
    void theFieldsOfOthersAreTheirs() {
        apply("a", DriftMode.CORRECT);
        client.configMaps().inNamespace(namespace).withName("it").edit(map -> new ConfigMapBuilder(map)
                .addToData("theirs", "t")
                .build());

        assertThat(apply("a", DriftMode.CORRECT).drifts()).isEmpty();
        assertThat(map().getData()).containsEntry("theirs", "t");
    }

    @Test
    void ourLabelsAndOwnersComeBackAndThoseOfOthersStay() {
        applyOwned();
        client.resource(map()).edit(map -> new ConfigMapBuilder(map)
                .editMetadata()
                .withLabels(Map.of("ours", "forged", "theirs", "t"))
                .withOwnerReferences(List.of())
                .endMetadata()
                .build());

        assertThat(applyOwned().drifts()).singleElement().satisfies(drift -> assertThat(drift.fields())
                .containsExactlyInAnyOrder("metadata.labels.ours", "metadata.ownerReferences"));
        assertThat(map().getMetadata().getLabels()).containsEntry("ours", "a").containsEntry("theirs", "t");
        assertThat(map().getMetadata().getOwnerReferences()).singleElement().satisfies(reference -> assertThat(
                        reference.getUid())
                .isEqualTo(owner.getMetadata().getUid()));
        assertThat(applyOwned().drifts()).isEmpty();
    }

    @Test
    void aFieldThatWasTakenAwayComesBack() {
        apply("a", DriftMode.CORRECT);
        client.resource(map())
                .edit(map -> new ConfigMapBuilder(map).removeFromData("ours").build());

        assertThat(apply("a", DriftMode.CORRECT).drifts()).singleElement().satisfies(drift -> assertThat(drift.fields())
                .containsExactly("data"));
        assertThat(map().getData()).containsEntry("ours", "a");
    }

    @Test
    void anObjectThatSomebodyHoldsWhileItIsDeletedComesBackWhenItIsGone() {
        apply("a", DriftMode.CORRECT);
        finalizers("somebody.example/hold");
        assertThat(apply("a", DriftMode.CORRECT).drifts()).isEmpty();

        client.resource(map()).delete();
        assertThat(map().getMetadata().getDeletionTimestamp()).isNotNull();
        assertThat(apply("a", DriftMode.CORRECT).drifts()).isEmpty();

        finalizers();
        assertThat(apply("a", DriftMode.CORRECT).drifts())
                .singleElement()
                .satisfies(drift -> assertThat(drift.message()).contains("was deleted; put back"));
        assertThat(map().getMetadata().getDeletionTimestamp()).isNull();
    }

    @Test
    void anObjectThatWasDeletedWhileNobodyLookedComesBack() {
        apply("a", DriftMode.CORRECT);
        client.resource(map()).delete();
        owned = started();

        // Whether it was ever there cannot be known.
        assertThat(apply("a", DriftMode.CORRECT).drifts()).isEmpty();
        assertThat(map().getData()).containsEntry("ours", "a");
    }

    @Test
    void aManagerThatForcesItsFieldAgainLosesAgain() {
        apply("a", DriftMode.CORRECT);
        for (int round = 1; round <= 3; round++) {
            editMap("x" + round);
            assertThat(apply("a", DriftMode.CORRECT).drifts()).hasSize(1);
            assertThat(map().getData()).containsEntry("ours", "a");
        }
        assertThat(owned.corrected()).isEqualTo(3);
        // One Event in a while, so that a quarrel does not flood the cluster.
        assertThat(events()).hasSize(1);
    }

    @Test
    void driftThatIsReportedIsLeftAlsoAfterARestart() {
        apply("a", DriftMode.REPORT);
        editMap("x");
        owned = started();

        assertThat(apply("a", DriftMode.REPORT).drifts())
                .singleElement()
                .satisfies(drift -> assertThat(drift.corrected()).isFalse());
        assertThat(map().getData()).containsEntry("ours", "x");
        assertThat(owned.corrected()).isZero();
    }

    @Test
    void inReportModeANewWishIsStillApplied() {
        apply("a", DriftMode.REPORT);
        editMap("x");
        apply("a", DriftMode.REPORT);

        apply("b", DriftMode.REPORT);

        assertThat(map().getData()).containsEntry("ours", "b");
    }

    private OwnedObjects.Result applyOwned() {
        var object = new ConfigMapBuilder(map("a"))
                .editMetadata()
                .addToLabels("ours", "a")
                .addNewOwnerReference()
                .withApiVersion("v1")
                .withKind("Namespace")
                .withName(namespace)
                .withUid(owner.getMetadata().getUid())
                .withController(true)
                .endOwnerReference()
                .endMetadata()
                .build();
        return owned.apply(owner, List.of(object), DriftMode.CORRECT);
    }

    private void finalizers(String... finalizers) {
        client.resource(map()).edit(map -> new ConfigMapBuilder(map)
                .editMetadata()
                .withFinalizers(finalizers)
                .endMetadata()
                .build());
    }

    @Test
    void aDeploymentsImageComesBackAndItsReplicasAreLeft() {
        owned.apply(owner, List.of(deployment()), DriftMode.CORRECT);
        var resource = client.apps().deployments().inNamespace(namespace).withName("it");
        resource.edit(it -> it.edit()
                .editSpec()
                .withReplicas(3)
                .editTemplate()
                .editSpec()
                .editFirstContainer()
                .withImage("evil")
                .endContainer()
                .endSpec()
                .endTemplate()
                .endSpec()
                .build());

        var drifts =
                owned.apply(owner, List.of(deployment()), DriftMode.CORRECT).drifts();

        assertThat(drifts).singleElement().satisfies(drift -> assertThat(drift.fields())
                .containsExactly("spec.template.spec.containers[proxy].image"));
        var after = resource.get().getSpec();
        assertThat(after.getTemplate().getSpec().getContainers().getFirst().getImage())
                .isEqualTo("good");
        assertThat(after.getReplicas()).isEqualTo(3);
    }

    private OwnedObjects.Result apply(String value, DriftMode mode) {
        return owned.apply(owner, List.of(map(value)), mode);
    }

    private ConfigMap map(String value) {
        return new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName("it")
                .endMetadata()
                .addToData("ours", value)
                .build();
    }

    private void editMap(String value) {
        client.resource(map(value)).fieldManager("somebody").forceConflicts().serverSideApply();
    }

    private ConfigMap map() {
        return client.configMaps().inNamespace(namespace).withName("it").require();
    }

    private List<String> events() {
        return client.v1().events().inAnyNamespace().list().getItems().stream()
                .filter(event -> namespace.equals(event.getInvolvedObject().getName()))
                .map(event -> event.getReason() + ": " + event.getMessage())
                .toList();
    }

    private Deployment deployment() {
        var labels = Map.of("app", "it");
        return new DeploymentBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName("it")
                .endMetadata()
                .withNewSpec()
                .withNewSelector()
                .withMatchLabels(labels)
                .endSelector()
                .withNewTemplate()
                .withNewMetadata()
                .withLabels(labels)
                .endMetadata()
                .withNewSpec()
                .addNewContainer()
                .withName("proxy")
                .withImage("good")
                .withNewResources()
                .withRequests(Map.of("cpu", new Quantity("0.5"), "memory", new Quantity("96Mi")))
                .endResources()
                .endContainer()
                .endSpec()
                .endTemplate()
                .endSpec()
                .build();
    }
}
