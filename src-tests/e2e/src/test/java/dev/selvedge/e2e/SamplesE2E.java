// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every sample that is in {@code config/samples} works as it is written. */
@E2E
final class SamplesE2E {
    private static final String FOLDER = "config/samples";
    /** What the other tests stand on. */
    private static final Set<String> STAYS = Set.of("mesh.yaml", "shop");

    /** Needs something of the Mesh, and is applied by {@link GlobalRateLimitE2E}. */
    private static final String ELSEWHERE = "rate-limits-global.yaml";

    private final Kubectl kubectl;

    SamplesE2E(Kubectl kubectl) {
        this.kubectl = kubectl;
    }

    static Stream<String> samples() throws IOException {
        try (var entries = Files.list(MeshOnCluster.ROOT.resolve(FOLDER))) {
            return entries
                    .map(Path::getFileName)
                    .map(Path::toString)
                    .filter(name -> !name.equals(ELSEWHERE))
                    .sorted()
                    .toList()
                    .stream();
        }
    }

    @ParameterizedTest
    @MethodSource("samples")
    void a_sample_is_applied_and_becomes_healthy(String sample) {
        String path = FOLDER + "/" + sample;
        String how = Files.isDirectory(MeshOnCluster.ROOT.resolve(path)) ? "-k" : "-f";
        kubectl.run("apply", "--server-side", "--field-manager=samples", "--force-conflicts", how, path);
        try {
            await(sample + " is healthy").atMost(Duration.ofSeconds(90)).untilAsserted(() -> {
                JsonNode objects = kubectl.json("get", how, path);
                for (JsonNode object : objects.has("items") ? objects.path("items") : List.of(objects)) {
                    assertHealthy(object);
                }
            });
        } finally {
            if (!STAYS.contains(sample)) {
                kubectl.run("delete", "--wait", how, path);
            }
        }
    }

    private static void assertHealthy(JsonNode object) {
        JsonNode status = object.path("status");
        switch (object.path("kind").asText()) {
            case "Mesh" -> assertTrue(object, status, "Ready", "TrustHealthy");
            case "TrafficPolicy", "AuthorizationPolicy", "ExternalService" ->
                assertTrue(object, status, "Accepted", "ResolvedRefs", "Programmed");
            case "Gateway" -> assertTrue(object, status, "Accepted", "Programmed");
            case "HTTPRoute" -> {
                assertThat(status.path("parents")).isNotEmpty();
                status.path("parents").forEach(parent -> assertTrue(object, parent, "Accepted", "ResolvedRefs"));
            }
            case "Deployment" ->
                assertThat(status.path("availableReplicas").asInt())
                        .as(object.path("metadata").path("name").asText())
                        .isEqualTo(object.path("spec").path("replicas").asInt());
            case "Namespace" -> assertThat(status.path("phase").asText()).isEqualTo("Active");
            case "Service", "ServiceAccount" ->
                assertThat(object.path("metadata").path("uid").asText()).isNotEmpty();
            default -> throw new AssertionError("what makes a healthy " + object.path("kind") + "? Say it here.");
        }
    }

    /** The conditions are true, and speak of what the object says now. */
    private static void assertTrue(JsonNode object, JsonNode holder, String... types) {
        long generation = object.path("metadata").path("generation").asLong();
        for (String type : types) {
            boolean found = false;
            for (JsonNode condition : holder.path("conditions")) {
                if (condition.path("type").asText().equals(type)) {
                    found = true;
                    assertThat(condition.path("status").asText())
                            .as(condition.toString())
                            .isEqualTo("True");
                    assertThat(condition.path("observedGeneration").asLong())
                            .as(condition.toString())
                            .isEqualTo(generation);
                }
            }
            assertThat(found)
                    .as(object.path("kind").asText() + " has no condition " + type + ": " + holder)
                    .isTrue();
        }
    }
}
