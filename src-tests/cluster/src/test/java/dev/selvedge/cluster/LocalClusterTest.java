// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("cluster")
class LocalClusterTest {

    @Test
    void anApiServerAnswersAndLeavesNothingBehind() throws Exception {
        String name;
        try (var cluster = LocalCluster.apiServerOnly("cluster-test");
                var client = client(cluster)) {
            name = cluster.name();
            assertThat(client.raw("/readyz")).isEqualTo("ok");
            assertThat(Traces.of(name))
                    .as("what the check for traces looks for")
                    .isNotEmpty();
        }
        assertThat(Traces.of(name)).isEmpty();
    }

    @Test
    void clustersStandSideBySide() {
        try (var one = LocalCluster.apiServerOnly("cluster-one");
                var other = LocalCluster.apiServerOnly("cluster-other");
                var oneClient = client(one);
                var otherClient = client(other)) {
            assertThat(uid(oneClient)).isNotEqualTo(uid(otherClient));
        }
    }

    static KubernetesClient client(Cluster cluster) {
        return new KubernetesClientBuilder()
                .withConfig(Config.fromKubeconfig(cluster.kubeconfig().toFile()))
                .build();
    }

    private static String uid(KubernetesClient client) {
        return client.namespaces().withName("kube-system").get().getMetadata().getUid();
    }
}
