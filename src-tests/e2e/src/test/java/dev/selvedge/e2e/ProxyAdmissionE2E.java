// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import io.grpc.Status;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Whom the operator takes for a proxy, and for which. */
@E2E
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ProxyAdmissionE2E {
    private static final String AUDIENCE = "selvedge";
    private static final String SECRET = "envoy.extensions.transport_sockets.tls.v3.Secret";
    private static final String LISTENER = "envoy.config.listener.v3.Listener";

    /** Pods that no node takes, so that nobody else speaks for them. */
    private static final String PODS = pod("unborn", "caller", "Enabled")
            + "---\n"
            + pod("impostor", "echo", "Enabled")
            + "---\n"
            + pod("bare", "caller", "Disabled");

    private final Kubectl kubectl;
    private final Tokens tokens;
    private @Nullable Process forward;
    private int port;
    private String anchors = "";

    ProxyAdmissionE2E(Kubectl kubectl) {
        this.kubectl = kubectl;
        tokens = new Tokens(kubectl);
    }

    private static String pod(String name, String account, String inject) {
        return """
                apiVersion: v1
                kind: Pod
                metadata: {namespace: lab, name: %1$s, labels: {app: %1$s, selvedge.dev/inject: %3$s}}
                spec:
                  serviceAccountName: %2$s
                  nodeSelector: {e2e.selvedge.dev/node: none}
                  containers:
                  - {name: app, image: "selvedge.dev/sample:dev", imagePullPolicy: IfNotPresent, args: [idle]}
                """.formatted(name, account, inject);
    }

    @BeforeAll
    void reachTheOperator() throws IOException {
        kubectl.apply(PODS);
        anchors = kubectl.run(
                "-n", Lab.NAMESPACE, "get", "configmap", "selvedge-trust", "-o", "jsonpath={.data.ca\\.crt}");
        Process started = kubectl.start("-n", "selvedge-system", "port-forward", "deploy/selvedge", ":15012");
        forward = started;
        BufferedReader out =
                new BufferedReader(new InputStreamReader(started.getInputStream(), StandardCharsets.UTF_8));
        Matcher found = Pattern.compile("127\\.0\\.0\\.1:(\\d+)").matcher(String.valueOf(out.readLine()));
        assertThat(found.find()).isTrue();
        port = Integer.parseInt(found.group(1));
    }

    @AfterAll
    void leave() {
        if (forward != null) {
            forward.destroy();
        }
        kubectl.delete(PODS);
    }

    @Test
    void nobody_without_a_token_for_the_operator_is_heard() throws Exception {
        assertThat(end("").getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
        assertThat(end("not-a-token").getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
        assertThat(end(tokens.of("caller", "unborn", "other")).getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
    }

    @Test
    void a_token_that_has_ended_is_refused() throws Exception {
        String token = tokens.of("caller", "unborn", AUDIENCE);

        try (XdsStream stream = stream(tokens.ending(token, Instant.now().plusSeconds(600)))) {
            assertThat(workloadOf(stream.ask("lab/unborn", SECRET, "workload"))).endsWith("/ns/lab/sa/caller");
        }
        // The API server grants clocks that differ a minute.
        Status end = end(tokens.ending(token, Instant.now().minusSeconds(90)));
        assertThat(end.getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
    }

    @Test
    void a_token_must_be_that_of_a_pod_with_a_proxy() throws Exception {
        Status unbound = end(tokens.unbound("caller", AUDIENCE));
        assertThat(unbound.getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
        assertThat(unbound.getDescription()).contains("not bound to a pod");

        Status bare = end(tokens.of("caller", "bare", AUDIENCE));
        assertThat(bare.getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
        assertThat(bare.getDescription()).contains("lab/bare").contains("no proxy");
    }

    @Test
    void a_pod_that_is_gone_loses_its_stream_and_its_token() throws Exception {
        String pods = pod("gone", "caller", "Enabled") + "---\n" + pod("unheard", "caller", "Enabled");
        kubectl.apply(pods);
        String used = tokens.of("caller", "gone", AUDIENCE);
        String unused = tokens.of("caller", "unheard", AUDIENCE);

        try (XdsStream stream = stream(used)) {
            assertThat(workloadOf(stream.ask("lab/gone", SECRET, "workload"))).endsWith("/ns/lab/sa/caller");

            kubectl.delete(pods);

            assertThat(stream.end().getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
        }
        // The operator may remember for a moment that the token was good; it knows that the pod is not.
        assertThat(end(used).getCode()).isIn(Status.Code.PERMISSION_DENIED, Status.Code.UNAUTHENTICATED);
        assertThat(end(unused).getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
    }

    @Test
    void a_proxy_gets_what_is_its_own_whatever_it_says_of_itself() throws Exception {
        kubectl.apply("""
                apiVersion: selvedge.dev/v1alpha1
                kind: AuthorizationPolicy
                metadata: {namespace: lab, name: unborn-only}
                spec:
                  targetRefs: [{kind: Pod, selector: {matchLabels: {app: unborn}}}]
                  action: Deny
                  rules: [{name: mark, to: [{methods: [DELETE]}]}]
                """);
        try (XdsStream own = stream(tokens.of("caller", "unborn", AUDIENCE));
                XdsStream impostor = stream(tokens.of("echo", "impostor", AUDIENCE))) {
            Shop.awaitAccepted(kubectl, Lab.NAMESPACE, "authorizationpolicy", "unborn-only");
            assertThat(workloadOf(own.ask("shop/ratings", SECRET, "workload"))).endsWith("/ns/lab/sa/caller");
            assertThat(workloadOf(impostor.ask("lab/unborn", SECRET, "workload")))
                    .endsWith("/ns/lab/sa/echo");

            assertThat(own.ask("shop/ratings", LISTENER, "inbound").answer().toString())
                    .contains("lab/unborn-only/mark");
            assertThat(impostor.ask("lab/unborn", LISTENER, "inbound").answer().toString())
                    .contains("selvedge-http")
                    .doesNotContain("unborn-only");
            for (String name : new String[] {"lab/unborn", "workload|lab/unborn", "selvedge-issuer"}) {
                var answer = impostor.ask("lab/unborn", SECRET, name).answer();
                assertThat(answer.getResourcesList()).isEmpty();
                assertThat(answer.getRemovedResourcesList()).containsExactly(name);
            }
        } finally {
            kubectl.run("-n", Lab.NAMESPACE, "delete", "authorizationpolicy", "unborn-only", "--wait");
        }
    }

    private XdsStream stream(String token) throws IOException {
        return new XdsStream(port, anchors, token);
    }

    /** How the operator ends a stream of that token. */
    private Status end(String token) throws Exception {
        try (XdsStream stream = stream(token)) {
            stream.ask("lab/unborn", SECRET, "workload");
            return stream.end();
        }
    }

    /** The identity in the certificate that the stream is given. */
    private static String workloadOf(XdsStream stream) throws Exception {
        var response = stream.answer();
        assertThat(response.getResourcesList()).hasSize(1);
        Secret secret = unpack(response.getResources(0).getResource());
        try (var chain = secret.getTlsCertificate()
                .getCertificateChain()
                .getInlineBytes()
                .newInput()) {
            var certificate =
                    (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(chain);
            return certificate
                    .getSubjectAlternativeNames()
                    .iterator()
                    .next()
                    .get(1)
                    .toString();
        }
    }

    private static Secret unpack(com.google.protobuf.Any resource) throws InvalidProtocolBufferException {
        return resource.unpack(Secret.class);
    }
}
