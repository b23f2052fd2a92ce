// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.api.v1alpha1.TrafficPolicy;
import dev.selvedge.testing.ApiServer;
import dev.selvedge.testing.Kubectl;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What drives a rollout and what is in Git apply the same TrafficPolicy and do not fight. */
@Tag("cluster")
@ExtendWith(ApiServer.class)
class ReleaseOwnershipTest {
    private static final String OBJECT = """
            apiVersion: selvedge.dev/v1alpha1
            kind: TrafficPolicy
            metadata: {namespace: default, name: released}
            """;
    private static final String GIT = OBJECT + """
            spec:
              targetRefs: [{kind: Service, name: reviews}]
              subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]
              release: {strategy: %s, stable: v1, next: v2}
            """;

    @TempDir
    private Path folder;

    @AfterEach
    void delete(Kubectl kubectl) {
        kubectl.run("delete", "trafficpolicy", "released").succeeded();
    }

    @Test
    void aRolloutOwnsThePercentageAlone(Kubectl kubectl) throws IOException {
        apply(kubectl, "git", GIT.formatted("Canary"));
        apply(kubectl, "rollout", OBJECT + "spec: {release: {percent: 30}}\n");
        apply(kubectl, "git", GIT.formatted("Canary"));

        var release = policy(kubectl).getSpec().release();
        assertThat(release).isNotNull();
        assertThat(release.percent()).isEqualTo(30);
        assertThat(release.next()).isEqualTo("v2");
    }

    @Test
    void aRolloutOwnsTheActiveColourAlone(Kubectl kubectl) throws IOException {
        apply(kubectl, "git", GIT.formatted("BlueGreen"));
        apply(kubectl, "rollout", OBJECT + "spec: {release: {active: v2}}\n");
        apply(kubectl, "git", GIT.formatted("BlueGreen"));

        var release = policy(kubectl).getSpec().release();
        assertThat(release).isNotNull();
        assertThat(release.active()).isEqualTo("v2");
    }

    private void apply(Kubectl kubectl, String manager, String yaml) throws IOException {
        var file = Files.writeString(folder.resolve("policy.yaml"), yaml);
        kubectl.run("apply", "--server-side", "--field-manager=" + manager, "-f", file.toString())
                .succeeded();
    }

    private static TrafficPolicy policy(Kubectl kubectl) {
        return Serialization.unmarshal(
                kubectl.run("get", "trafficpolicy", "released", "-o", "json")
                        .succeeded()
                        .text(),
                TrafficPolicy.class);
    }
}
