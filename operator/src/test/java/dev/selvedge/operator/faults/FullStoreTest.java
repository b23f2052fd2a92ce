// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.selvedge.compiler.resource.ResourceType;
import dev.selvedge.operator.Replica;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The disk of the cluster's store is full: etcd takes no write any more, so no Lease is renewed and nobody leads. Who
 * reads is served.
 */
@Tag("cluster")
@ExtendWith(World.Shared.class)
final class FullStoreTest {
    private final World world;
    private final HttpClient http = HttpClient.newHttpClient();

    FullStoreTest(World world) {
        this.world = world;
    }

    @AfterEach
    void makeRoom() throws Exception {
        alarm("DEACTIVATE");
        http.close();
        world.delete("full");
    }

    @Test
    void proxies_are_served_meanwhile_and_there_is_a_leader_again_when_there_is_room() throws Exception {
        var rules = new Rules();
        world.service("full");
        world.endpoints("full", List.of("10.4.0.1"));
        rules.lasts("full", "10.4.0.1");
        var tokens = new ArrayList<>(world.tokens(world.pods("full", 4)).entrySet());
        var proxies = new ArrayList<MeshProxy>();
        try (var replica = new Replica(world.client(), "full", Clock.systemUTC()).start()) {
            replica.standForElection();
            Waiting.until(
                    "it serves and leads",
                    () -> replica.isReady() && replica.election().isHeld());
            var mesh = MeshProxy.Mesh.of(world.anchors(), replica::port, rules);
            tokens.subList(1, 4).forEach(each -> proxies.add(connect(mesh, each)));
            Waiting.until("every proxy has everything", () -> proxies.stream()
                    .allMatch(proxy -> proxy.has().complete()));
            Waiting.until(
                    "every response is acknowledged",
                    () -> replica.metric("selvedge.xds.acks") == replica.metric("selvedge.xds.responses"));
            var sent = replica.metric("selvedge.xds.responses");

            alarm("ACTIVATE");
            assertThatThrownBy(() -> world.endpoints("full", List.of("10.4.0.1", "10.4.0.2")))
                    .isInstanceOf(KubernetesClientException.class)
                    .hasMessageContaining("space");
            Waiting.until("the Lease is lost", () -> !replica.election().isHeld());
            assertThat(replica.metric("selvedge.leader")).isZero();
            assertThat(replica.metric("selvedge.xds.responses")).isEqualTo(sent);

            // A pod that starts now proves itself and gets its configuration all the same.
            proxies.add(connect(mesh, tokens.getFirst()));
            Waiting.until("it has everything", () -> proxies.getLast().has().complete());
            assertThat(replica.isReady()).isTrue();

            alarm("DEACTIVATE");
            Waiting.until("the Lease is won", () -> replica.election().isHeld());
            world.endpoints("full", List.of("10.4.0.1", "10.4.0.2"));
            Waiting.until("the change reaches everybody", () -> proxies.stream()
                    .allMatch(proxy -> proxy.has().find(ResourceType.ENDPOINTS, "shop/full:80").stream()
                            .anyMatch(each ->
                                    each.getResource().getValue().toStringUtf8().contains("10.4.0.2"))));
            assertThat(proxies).allMatch(proxy -> proxy.lastEnd() == null);
            assertThat(rules.broken()).isEmpty();
        } finally {
            proxies.forEach(MeshProxy::close);
        }
    }

    private static MeshProxy connect(MeshProxy.Mesh mesh, Map.Entry<World.Workload, String> pod) {
        return new MeshProxy(mesh, pod.getKey().name(), pod.getValue(), null).connect();
    }

    /** What etcd raises by itself when its quota is used up. */
    private void alarm(String action) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(world.etcd().resolve("/v3/maintenance/alarm"))
                .POST(HttpRequest.BodyPublishers.ofString(
                        "{\"action\": \"%s\", \"memberID\": \"1\", \"alarm\": \"NOSPACE\"}".formatted(action)))
                .build();
        var answer = http.send(request, HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    }
}
