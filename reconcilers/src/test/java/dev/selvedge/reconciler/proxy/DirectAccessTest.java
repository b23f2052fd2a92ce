// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.proxy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.selvedge.testing.FreePorts;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What the kubelet and Prometheus get from a real Envoy in front of an application. */
@Tag("envoy")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DirectAccessTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final HostEnvoy envoy;
    private final FakeOperator operator;
    private final FakeApplication application;
    private final int tcpPort = FreePorts.any();
    private final int nobody = FreePorts.any();
    private final HttpClient client = HttpClient.newHttpClient();

    DirectAccessTest(@TempDir Path folder) throws IOException {
        envoy = new HostEnvoy(folder);
        operator = new FakeOperator(
                envoy.port(15012), "selvedge.selvedge-system.svc", List.of(envoy.port(15001), envoy.port(15006)));
        operator.configure();
        Files.writeString(envoy.file("trust/ca.crt"), operator.anchorPem());
        application = new FakeApplication(operator.certificate("app.shop.svc"));
    }

    @BeforeAll
    void start() throws IOException {
        var http = application.httpPort();
        envoy.run(Bootstrap.sidecar(
                BootstrapTest.SETTINGS,
                new DirectAccess(
                        List.of(
                                new DirectAccess.HttpProbe("/probe/live", "/live?deep=$(POD_NAME)", http, false, 5),
                                new DirectAccess.HttpProbe("/probe/login", "/redirect", http, false, 5),
                                new DirectAccess.HttpProbe("/probe/slow", "/slow", http, false, 1),
                                new DirectAccess.HttpProbe("/probe/broken", "/broken", http, false, 5),
                                new DirectAccess.HttpProbe("/probe/nobody", "/", nobody, false, 5),
                                new DirectAccess.HttpProbe("/probe/tls", "/tls", application.httpsPort(), true, 5)),
                        List.of(new DirectAccess.TcpProbe("/probe/tcp", tcpPort, 1)),
                        List.of(new DirectAccess.GrpcProbe(15100, application.grpcPort(), 5)),
                        Optional.of(new DirectAccess.Metrics("/numbers?all", http, false)))));
        await().atMost(PATIENCE)
                .ignoreExceptions()
                .until(() -> get(15021, "/healthz/ready").statusCode() == 200);
    }

    @AfterAll
    void close() {
        client.close();
        application.close();
        envoy.close();
        operator.close();
    }

    @Test
    void anHttpProbeReachesItsPathWithItsQueryAndHeaders() throws Exception {
        var response = get(15021, "/probe/live", "X-Probe", "yes");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body())
                .startsWith("GET /live?deep=$(POD_NAME)")
                .contains("X-probe: yes")
                .doesNotContainIgnoringCase("x-forwarded-proto", "x-envoy", "x-request-id");
    }

    @Test
    void anHttpsProbeAcceptsAnyCertificate() throws Exception {
        assertThat(get(15021, "/probe/tls").body()).startsWith("GET /tls");
    }

    @Test
    void anAnswerThatIsNoSuccessIsPassedOn() throws Exception {
        assertThat(get(15021, "/probe/broken").statusCode()).isEqualTo(500);
    }

    @Test
    void aRedirectComesWithoutALocationThatTheKubeletCouldFollow() throws Exception {
        var response = get(15021, "/probe/login");

        assertThat(response.statusCode()).isEqualTo(302);
        assertThat(response.headers().firstValue("location")).isEmpty();
    }

    @Test
    void anApplicationThatDoesNotListenOrAnswerInTimeFails() throws Exception {
        assertThat(get(15021, "/probe/nobody").statusCode()).isEqualTo(503);
        assertThat(get(15021, "/probe/slow").statusCode()).isEqualTo(504);
    }

    @Test
    void noOtherPathOfTheApplicationIsReachable() throws Exception {
        for (var path : List.of("/", "/live", "/probe/live/", "/probe/live/../../secret", "/app/metrics")) {
            assertThat(get(15021, path).statusCode()).as(path).isEqualTo(404);
        }
        for (var path : List.of("/", "/live", "/config_dump", "/metrics/../config_dump", "/stats")) {
            assertThat(get(15020, path).statusCode()).as(path).isEqualTo(404);
        }
    }

    @Test
    void aTcpProbeFollowsWhetherThePortAccepts() throws Exception {
        await().atMost(PATIENCE).until(() -> get(15021, "/probe/tcp").statusCode() == 503);
        try (var listening = new ServerSocket(tcpPort, 50, InetAddress.getLoopbackAddress())) {
            await().atMost(PATIENCE).until(() -> get(15021, "/probe/tcp").statusCode() == 200);
        }
        await().atMost(PATIENCE).until(() -> get(15021, "/probe/tcp").statusCode() == 503);
    }

    @Test
    void aGrpcProbeReachesTheHealthServiceAndNoOther() {
        var channel = NettyChannelBuilder.forAddress("127.0.0.1", envoy.port(15100))
                .usePlaintext()
                .build();
        try {
            assertThat(call(channel, "grpc.health.v1.Health/Check")).isEqualTo("healthy");
            assertThatThrownBy(() -> call(channel, "shop.Orders/DeleteAll"))
                    .isInstanceOf(StatusRuntimeException.class)
                    .hasMessageContaining("UNIMPLEMENTED");
            assertThat(application.grpcMethods()).containsOnly("grpc.health.v1.Health/Check");
        } finally {
            channel.shutdownNow();
        }
    }

    @Test
    void prometheusReadsTheProxyAndTheApplication() throws Exception {
        get(15021, "/probe/live");

        assertThat(get(15020, "/app/metrics").body()).startsWith("GET /numbers?all");
        assertThat(get(15020, "/metrics").body())
                .contains("envoy_server_live", "envoy_listener_manager_", "envoy_http_downstream_rq_total")
                .doesNotContain("envoy_cluster_upstream_cx_http1_total");
    }

    private static String call(ManagedChannel channel, String method) {
        var descriptor = MethodDescriptor.<byte[], byte[]>newBuilder()
                .setType(MethodDescriptor.MethodType.UNARY)
                .setFullMethodName(method)
                .setRequestMarshaller(FakeApplication.BYTES)
                .setResponseMarshaller(FakeApplication.BYTES)
                .build();
        var options = CallOptions.DEFAULT.withDeadlineAfter(Duration.ofSeconds(10));
        return new String(ClientCalls.blockingUnaryCall(channel, descriptor, options, new byte[0]), UTF_8);
    }

    private HttpResponse<String> get(int port, String path, String... headers)
            throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:%d%s".formatted(envoy.port(port), path)))
                .timeout(Duration.ofSeconds(10));
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return client.send(request.build(), BodyHandlers.ofString());
    }
}
