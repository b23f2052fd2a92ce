// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.selvedge.api.v1alpha1.Mesh;
import dev.selvedge.compiler.snapshot.Change;
import dev.selvedge.compiler.snapshot.HttpRoute;
import dev.selvedge.compiler.snapshot.Kind;
import dev.selvedge.compiler.snapshot.ObjectRef;
import dev.selvedge.compiler.snapshot.SnapshotObject;
import dev.selvedge.testing.ApiServer;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@Tag("cluster")
@ExtendWith(ApiServer.class)
class ClusterWatchTest {
    private static final String NAMESPACE = "watched";
    private static final ObjectRef POD = ObjectRef.of(Kind.POD, NAMESPACE, "a");
    private static final ObjectRef ROUTE = ObjectRef.of(Kind.HTTP_ROUTE, NAMESPACE, "a");

    private final Map<ObjectRef, SnapshotObject> seen = new ConcurrentHashMap<>();
    private final KubernetesClient client;
    private final ClusterWatch watch;

    ClusterWatchTest(KubernetesClient client) {
        this.client = client;
        this.watch = new ClusterWatch(client, Clock.systemUTC(), changes -> changes.forEach(this::take));
    }

    private void take(Change change) {
        switch (change) {
            case Change.Put(var object) -> seen.put(object.ref(), object);
            case Change.Remove(var ref) -> seen.remove(ref);
        }
    }

    @BeforeEach
    void createNamespace() {
        client.resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(NAMESPACE)
                        .endMetadata()
                        .build())
                .serverSideApply();
    }

    @AfterEach
    void close() throws Exception {
        watch.close();
        client.resources(Pod.class).inNamespace(NAMESPACE).withGracePeriod(0).delete();
        client.resources(Mesh.class).delete();
    }

    @Test
    void tellsWhatIsThereBeforeItSaysSoAndThenEveryChange() {
        createPod("{spec: {containers: [{name: a, image: a}]}}");
        watch.start();
        await().until(watch::hasSynced);

        assertThat(seen).containsKeys(POD, ObjectRef.of(Kind.NAMESPACE, "", NAMESPACE));
        assertThat(seen).containsKey(ObjectRef.of(Kind.SERVICE, "default", "kubernetes"));

        client.pods().inNamespace(NAMESPACE).withName("a").withGracePeriod(0).delete();
        await().untilAsserted(() -> assertThat(seen).doesNotContainKey(POD));
    }

    @Test
    void discoversTheServiceCidrsOfTheCluster() {
        client.resource(Yaml.read(Mesh.class, "{metadata: {name: default}, spec: {}}"))
                .create();
        watch.start();

        await().untilAsserted(() -> assertThat(seen.get(ObjectRef.of(Kind.MESH, "", "default")))
                .isInstanceOfSatisfying(
                        dev.selvedge.compiler.snapshot.Mesh.class,
                        mesh -> assertThat(mesh.serviceCidrs()).isNotEmpty()));
    }

    @Test
    void followsTheGatewayApiAsItComesAndGoes() {
        var definition = client.apiextensions()
                .v1()
                .customResourceDefinitions()
                .withName("httproutes.gateway.networking.k8s.io");
        var original = definition.get();
        definition.withTimeoutInMillis(30_000).delete();
        try {
            watch.start();
            await().until(watch::hasSynced);

            recreate(original);
            await().atMost(Duration.ofSeconds(30)).ignoreExceptions().untilAsserted(() -> {
                createRoute();
                assertThat(seen.get(ROUTE)).isInstanceOf(HttpRoute.class);
            });

            definition.delete();
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(seen).doesNotContainKey(ROUTE));
        } finally {
            definition.delete();
            await().atMost(Duration.ofSeconds(30)).until(() -> definition.get() == null);
            recreate(original);
        }
    }

    private void recreate(CustomResourceDefinition original) {
        var metadata = new ObjectMeta();
        metadata.setName(original.getMetadata().getName());
        metadata.setAnnotations(original.getMetadata().getAnnotations());
        var fresh = new CustomResourceDefinition();
        fresh.setMetadata(metadata);
        fresh.setSpec(original.getSpec());
        client.resource(fresh).create();
    }

    private void createRoute() {
        create(Yaml.read(HTTPRoute.class, "{metadata: {name: a}, spec: {parentRefs: [{name: edge}]}}"));
    }

    private void createPod(String yaml) {
        var pod = Yaml.read(Pod.class, yaml);
        pod.getMetadata().setName("a");
        create(pod);
    }

    private void create(HasMetadata object) {
        client.resource(object).inNamespace(NAMESPACE).serverSideApply();
    }
}
