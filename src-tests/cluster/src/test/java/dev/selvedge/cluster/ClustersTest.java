// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClustersTest {
    @Test
    void theEnvironmentNamesTheSource() {
        assertThat(Clusters.source(Map.of("SELVEDGE_CLUSTER", "kubeconfig"), () -> true))
                .isEqualTo(Clusters.Source.KUBECONFIG);
        assertThat(Clusters.source(Map.of("SELVEDGE_CLUSTER", "k3s"), () -> false))
                .isEqualTo(Clusters.Source.K3S);
        assertThat(Clusters.source(Map.of("SELVEDGE_CLUSTER", "local"), () -> true))
                .isEqualTo(Clusters.Source.LOCAL);
    }

    @Test
    void withoutItADockerEngineDecides() {
        assertThat(Clusters.source(Map.of(), () -> true)).isEqualTo(Clusters.Source.K3S);
        assertThat(Clusters.source(Map.of(), () -> false)).isEqualTo(Clusters.Source.LOCAL);
    }

    @Test
    void anUnknownSourceIsRefusedWithTheChoices() {
        assertThatThrownBy(() -> Clusters.source(Map.of("SELVEDGE_CLUSTER", "kind"), () -> true))
                .hasMessage("SELVEDGE_CLUSTER is kubeconfig, k3s or local, but not 'kind'");
    }

    @Test
    void theCurrentClusterGetsImagesByItsOwnCommand(@TempDir Path folder) throws Exception {
        var kubeconfig = Files.writeString(folder.resolve("config"), "");
        var archive = Files.writeString(folder.resolve("archive.tar"), "image");
        var loaded = folder.resolve("loaded.tar");

        CurrentKubeconfig.of(Map.of(
                        "KUBECONFIG",
                        kubeconfig + ":/other",
                        "SELVEDGE_LOAD_COMMAND",
                        "cp --target-directory=" + Files.createDirectory(loaded)))
                .load(archive);

        assertThat(loaded.resolve("archive.tar")).hasContent("image");
    }

    @Test
    void withoutSuchACommandTheMessageSaysWhatToSet(@TempDir Path folder) throws Exception {
        var kubeconfig = Files.writeString(folder.resolve("config"), "");
        var cluster = new CurrentKubeconfig(kubeconfig, List.of());

        assertThatThrownBy(() -> cluster.load(kubeconfig)).hasMessageContaining("SELVEDGE_LOAD_COMMAND");
    }
}
