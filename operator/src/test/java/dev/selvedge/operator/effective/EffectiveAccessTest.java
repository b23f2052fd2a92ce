// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.effective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.selvedge.operator.Replica;
import dev.selvedge.reconciler.pki.TrustSecrets;
import dev.selvedge.testing.AnyCertificate;
import dev.selvedge.testing.ApiServer;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

/** A whole replica with the operator's rights, and readers with tokens and rights of a real API server. */
@Tag("cluster")
@ExtendWith(ApiServer.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class EffectiveAccessTest {
    private static final String NAMESPACE = "effective";
    private static final String OTHER = "effective-other";
    private static final String STORE = "/effective/namespaces/" + NAMESPACE + "/services/store";

    private final KubernetesClient client;
    private final KubernetesClient operator;
    private final HttpClient http;
    private Replica replica;

    EffectiveAccessTest(KubernetesClient client) throws GeneralSecurityException {
        this.client = client;
        this.operator = ApiServer.as(client, "selvedge");
        var tls = SSLContext.getInstance("TLS");
        tls.init(null, new TrustManager[] {new AnyCertificate()}, null);
        http = HttpClient.newBuilder().sslContext(tls).build();
    }

    @BeforeAll
    void serve() throws IOException {
        apply("{kind: Namespace, apiVersion: v1, metadata: {name: %s, labels: {selvedge.dev/mesh: default}}}"
                .formatted(NAMESPACE));
        apply("{kind: Namespace, apiVersion: v1, metadata: {name: %s}}".formatted(OTHER));
        for (var account : List.of("reader", "stranger", "elsewhere")) {
            apply("{kind: ServiceAccount, apiVersion: v1, metadata: {name: %s, namespace: %s}}"
                    .formatted(account, NAMESPACE));
        }
        grant(NAMESPACE, "reader");
        grant(OTHER, "elsewhere");
        grant(OTHER, "reader");
        for (var namespace : List.of(NAMESPACE, OTHER)) {
            apply("""
                    {kind: Service, apiVersion: v1, metadata: {name: store, namespace: %s},
                     spec: {ports: [{name: http, port: 80, appProtocol: http}]}}""".formatted(namespace));
        }
        Replica.giveIssuer(client);
        apply("""
                {kind: Mesh, apiVersion: selvedge.dev/v1alpha1, metadata: {name: default},
                 spec: {members: {namespaceSelector: {matchLabels: {selvedge.dev/mesh: default}}}}}""");
        policy("older", "timeouts: {request: 10s}");
        replica = new Replica(operator, "effective", Clock.systemUTC()).start();
        await().atMost(Duration.ofSeconds(60)).until(() -> replica.isReady() && replica.webhookPort() > 0);
    }

    @AfterAll
    void close() {
        http.close();
        if (replica != null) {
            replica.close();
        }
        client.genericKubernetesResources("selvedge.dev/v1alpha1", "Mesh")
                .withName("default")
                .delete();
        client.namespaces().withName(NAMESPACE).delete();
        client.namespaces().withName(OTHER).delete();
        client.secrets()
                .inNamespace(Replica.NAMESPACE)
                .withName(TrustSecrets.ISSUER)
                .delete();
        operator.close();
    }

    private void grant(String namespace, String account) {
        apply("""
                {kind: Role, apiVersion: rbac.authorization.k8s.io/v1, metadata: {name: reader, namespace: %s},
                 rules: [{apiGroups: [selvedge.dev], resources: [trafficpolicies], verbs: [get]}]}""".formatted(namespace));
        apply("""
                {kind: RoleBinding, apiVersion: rbac.authorization.k8s.io/v1, metadata: {name: %2$s, namespace: %1$s},
                 roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader},
                 subjects: [{kind: ServiceAccount, name: %2$s, namespace: %3$s}]}""".formatted(namespace, account, NAMESPACE));
    }

    private void policy(String name, String spec) {
        apply("""
                {kind: TrafficPolicy, apiVersion: selvedge.dev/v1alpha1, metadata: {name: %s, namespace: %s},
                 spec: {targetRefs: [{kind: Service, name: store}], %s}}""".formatted(name, NAMESPACE, spec));
    }

    private void apply(String yaml) {
        client.resource((HasMetadata) Serialization.unmarshal("---\n" + yaml)).serverSideApply();
    }

    private String token(String account, String... audiences) {
        return client.serviceAccounts()
                .inNamespace(NAMESPACE)
                .withName(account)
                .tokenRequest(new TokenRequestBuilder()
                        .withNewSpec()
                        .withAudiences(audiences)
                        .endSpec()
                        .build())
                .getStatus()
                .getToken();
    }

    private HttpResponse<String> get(String path, String token) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create("https://localhost:" + replica.webhookPort() + path))
                .timeout(Duration.ofSeconds(30));
        if (!token.isEmpty()) {
            request.header("Authorization", "Bearer " + token);
        }
        return http.send(request.build(), BodyHandlers.ofString());
    }

    @Test
    void who_brings_no_good_token_is_not_known() throws Exception {
        assertThat(get(STORE, "").statusCode()).isEqualTo(401);
        assertThat(get(STORE, "made.up.token").statusCode()).isEqualTo(401);
        // A proxy's token is not for the API server.
        assertThat(get(STORE, token("reader", "selvedge")).statusCode()).isEqualTo(401);
    }

    @Test
    void who_may_not_get_the_policies_there_is_refused() throws Exception {
        assertThat(get(STORE, token("stranger")).statusCode()).isEqualTo(403);
        var elsewhere = get(STORE, token("elsewhere"));
        assertThat(elsewhere.statusCode()).isEqualTo(403);
        assertThat(elsewhere.body())
                .startsWith("system:serviceaccount:effective:elsewhere may not get trafficpolicies.selvedge.dev in"
                        + " namespace effective;");
    }

    @Test
    void who_may_is_told_what_holds_and_who_decides_it() throws Exception {
        var token = token("reader");
        policy("younger", "timeouts: {request: 1s, idle: 5m}");
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            var answer = get(STORE, token);
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            var json = new ObjectMapper().readTree(answer.body());
            var settings = json.at("/ports/0/routing/0/routes/0/settings");
            assertThat(settings.at("/timeouts.request/value").asText()).isEqualTo("10s");
            assertThat(settings.at("/timeouts.request/by/name").asText()).isEqualTo("older");
            assertThat(settings.at("/timeouts.idle/by/name").asText()).isEqualTo("younger");
            assertThat(json.at("/overridden/0/object/name").asText()).isEqualTo("younger");
            assertThat(json.at("/overridden/0/by/name").asText()).isEqualTo("older");
        });
    }

    @Test
    void a_service_outside_of_the_mesh_is_not_found() throws Exception {
        assertThat(get("/effective/namespaces/" + OTHER + "/services/store", token("reader"))
                        .statusCode())
                .isEqualTo(404);
        assertThat(get(STORE + "-2", token("reader")).statusCode()).isEqualTo(404);
    }
}
