// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.envoy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.selvedge.compiler.model.Upstream;
import dev.selvedge.compiler.snapshot.HealthCheck;
import dev.selvedge.compiler.snapshot.HealthCheck.Protocol;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which endpoints get requests by how they answer when the client's proxy asks whether they serve. */
@Tag("envoy")
final class HealthCheckTest {
    private static final int HTTP = FreePorts.any();
    private static final int GRPC = FreePorts.any();
    private static final int TCP = FreePorts.any();
    private static final int NOBODY = FreePorts.any();

    private static AdsServer ads;
    private static Application healthy;
    private static Application failing;
    private static GrpcApplication one;
    private static GrpcApplication other;
    private static TestProxy client;

    @BeforeAll
    static void start(@TempDir Path folder) throws IOException {
        ads = new AdsServer();
        healthy = new Application("healthy");
        failing = new Application("failing", 503);
        one = new GrpcApplication("one", true);
        other = new GrpcApplication("other", false);
        client = new TestProxy(ads, "client", folder);
        var services = new ClientServices(client);
        services.plain("http", HTTP, checked(new Protocol.Http("/healthz")), healthy.port(), failing.port());
        services.plain("grpc", GRPC, checked(new Protocol.Grpc("shop.Reviews")), one.port(), other.port());
        services.plain("tcp", TCP, checked(new Protocol.Tcp()), healthy.port(), NOBODY);
        client.start();
    }

    private static Upstream checked(Protocol protocol) {
        return Upstream.DEFAULT.with(new HealthCheck(protocol, Duration.ofMillis(200), Duration.ofMillis(200), 1, 1));
    }

    @AfterAll
    static void stop() {
        client.close();
        one.close();
        other.close();
        failing.close();
        healthy.close();
        ads.close();
    }

    @Test
    void a_pod_that_answers_wrongly_gets_nothing() {
        awaitServed(HTTP, "/status/200");

        assertThat(IntStream.range(0, 40)
                        .mapToObj(_ -> Call.get(HTTP, "/status/200").plain().text()))
                .allMatch(text -> text.contains("\r\n\r\nhealthy "));
    }

    @Test
    void a_server_of_grpc_that_says_it_does_not_serve_gets_nothing_until_it_does() {
        awaitName("one");
        assertThat(one.asked()).containsExactly("shop.Reviews");
        assertThat(names(20)).containsOnly("one");

        other.serving(true);
        await().atMost(Duration.ofSeconds(10)).until(() -> names(20).contains("other"));
        one.serving(false);

        awaitName("other");
        assertThat(names(20)).containsOnly("other");
    }

    @Test
    void a_pod_that_takes_no_connection_gets_nothing() {
        awaitServed(TCP, "/");

        assertThat(IntStream.range(0, 40)
                        .mapToObj(_ -> Call.get(TCP, "/").plain().status()))
                .containsOnly(200);
    }

    private static void awaitName(String name) {
        await().atMost(Duration.ofSeconds(10)).ignoreExceptions().until(() -> names(20).stream()
                .allMatch(name::equals));
    }

    private static List<String> names(int calls) {
        return IntStream.range(0, calls)
                .mapToObj(_ -> GrpcApplication.name(GRPC))
                .toList();
    }

    private static void awaitServed(int port, String path) {
        await().atMost(Duration.ofSeconds(10)).until(() -> IntStream.range(0, 20)
                .allMatch(_ -> Call.get(port, path).plain().status() == 200));
    }
}
