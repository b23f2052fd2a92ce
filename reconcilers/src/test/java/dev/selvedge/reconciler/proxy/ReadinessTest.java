// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real Envoy with the bootstrap, and an operator that answers when it is told to. */
@Tag("envoy")
class ReadinessTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String NAME = "selvedge.selvedge-system.svc";

    private final Path folder;

    ReadinessTest(@TempDir Path folder) {
        this.folder = folder;
    }

    @Test
    void theProxyShowsItsTokenAndIsReadyOnceItIsConfigured() throws Exception {
        try (var envoy = new HostEnvoy(folder);
                var operator = start(envoy, NAME)) {
            token("first", envoy);
            envoy.run(Bootstrap.sidecar(BootstrapTest.SETTINGS, DirectAccess.NONE));
            var stream = operator.nextStream(PATIENCE);
            assertThat(stream.credential()).isEqualTo("Bearer first");
            assertThat(stream.nodeId()).isEqualTo("shop/reviews-1");
            assertThat(ready(envoy)).isFalse();

            operator.configure();
            await().atMost(PATIENCE).until(() -> ready(envoy));

            token("second", envoy);
            // Envoy reads the file when it notices the link; a stream that began before still shows the first.
            var current = stream;
            for (int attempt = 0; attempt < 10 && !current.credential().equals("Bearer second"); attempt++) {
                current.end();
                current = operator.nextStream(PATIENCE);
            }
            assertThat(current.credential()).isEqualTo("Bearer second");
            assertThat(ready(envoy)).as("while the operator is away").isTrue();
        }
    }

    @Test
    void anOperatorWithAnotherNameIsNotBelieved() throws Exception {
        try (var envoy = new HostEnvoy(folder);
                var operator = start(envoy, "other.selvedge-system.svc")) {
            token("secret", envoy);
            envoy.run(Bootstrap.sidecar(BootstrapTest.SETTINGS, DirectAccess.NONE));

            await().atMost(PATIENCE).untilAsserted(() -> assertThat(envoy.admin("/stats?filter=fail_verify"))
                    .containsPattern("cluster.xds.ssl.fail_verify_san: [1-9]"));
            assertThat(operator.sawNobody()).isTrue();
        }
    }

    @Test
    void aGatewayIsReadyOnceItIsConfigured() throws Exception {
        try (var envoy = new HostEnvoy(folder);
                var operator = start(envoy, NAME)) {
            envoy.run(Bootstrap.gateway(BootstrapTest.SETTINGS));
            operator.nextStream(PATIENCE);
            assertThat(ready(envoy)).isFalse();

            operator.configure();

            await().atMost(PATIENCE).until(() -> ready(envoy));
        }
    }

    private static FakeOperator start(HostEnvoy envoy, String name) throws IOException {
        var operator = new FakeOperator(envoy.port(15012), name, List.of(envoy.port(15001), envoy.port(15006)));
        Files.writeString(envoy.file("trust/ca.crt"), operator.anchorPem());
        return operator;
    }

    /** As the kubelet writes: into a new folder, to which a link is then moved. */
    private static void token(String text, HostEnvoy envoy) throws IOException {
        var folder = Files.createDirectory(envoy.file("token/..data-" + text));
        Files.writeString(folder.resolve("token"), text);
        var link = envoy.file("token/..data_tmp");
        Files.createSymbolicLink(link, folder.getFileName());
        Files.move(link, envoy.file("token/..data"), StandardCopyOption.ATOMIC_MOVE);
        var token = envoy.file("token/token");
        if (!Files.isSymbolicLink(token)) {
            Files.delete(token);
            Files.createSymbolicLink(token, Path.of("..data/token"));
        }
    }

    private static boolean ready(HostEnvoy envoy) {
        try (var client = HttpClient.newHttpClient()) {
            var uri = URI.create("http://127.0.0.1:%d/healthz/ready".formatted(envoy.port(15021)));
            return client.send(
                                    HttpRequest.newBuilder(uri)
                                            .timeout(Duration.ofSeconds(1))
                                            .build(),
                                    BodyHandlers.discarding())
                            .statusCode()
                    == 200;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
