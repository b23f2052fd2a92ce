// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.selvedge.api.v1alpha1.Mesh;
import dev.selvedge.compiler.IncrementalCompiler;
import dev.selvedge.compiler.snapshot.Change;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.operator.compile.CompileLoop;
import dev.selvedge.reconciler.ingest.ClusterWatch;
import dev.selvedge.reconciler.pki.Authority;
import dev.selvedge.reconciler.pki.Issuer;
import dev.selvedge.reconciler.pki.Lifespan;
import dev.selvedge.reconciler.pki.Pem;
import dev.selvedge.testing.ApiServer;
import dev.selvedge.testing.Kubectl;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.spec.ECGenParameterSpec;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** With a real API server, which checks what a signer may answer, and the operator's own rights. */
@Tag("cluster")
@ExtendWith(ApiServer.class)
final class PodCertificateSignerTest {
    private static final String NAMESPACE = "pod-certificates";
    private static final ResourceDefinitionContext REQUESTS = new ResourceDefinitionContext.Builder()
            .withGroup("certificates.k8s.io")
            .withVersion("v1beta1")
            .withKind("PodCertificateRequest")
            .withPlural("podcertificaterequests")
            .withNamespaced(true)
            .build();

    private final SecureRandom random = new SecureRandom();
    private final KubernetesClient client;
    private final Kubectl kubectl;
    private final KubernetesClient restricted;
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final ClusterWatch watch;
    private final CompileLoop loop;
    private final PodCertificateSigner signer;
    private final Issuer issuer;
    private volatile boolean leads = true;
    private volatile Duration skew = Duration.ZERO;
    private final Clock clock = ((InstantSource) () -> Instant.now().plus(skew)).withZone(ZoneOffset.UTC);

    PodCertificateSignerTest(KubernetesClient client, Kubectl kubectl) {
        this.client = client;
        this.kubectl = kubectl;
        restricted = ApiServer.as(client, "selvedge");
        loop = new CompileLoop(new IncrementalCompiler(), () -> true, meters);
        watch = new ClusterWatch(restricted, Clock.systemUTC(), this::take);
        var authority = new Authority(Clock.systemUTC(), random);
        var anchor = authority.createAnchor("cluster.local", Duration.ofDays(365));
        issuer = new Issuer(
                authority.signIssuer(anchor, "cluster.local", Duration.ofDays(30)),
                anchor.chain(),
                Clock.systemUTC(),
                random);
        signer = new PodCertificateSigner(
                restricted,
                loop,
                new PodCertificateSigner.Means(() -> Optional.of(issuer), () -> Duration.ofHours(12), clock, random),
                meters);
        signer.signWhile(() -> leads);
    }

    private void take(List<Change> changes) {
        loop.submit(changes);
    }

    @BeforeEach
    void aPodWithASidecar() {
        var yaml = """
                ---
                {kind: Namespace, apiVersion: v1, metadata: {name: pod-certificates, labels: {selvedge.dev/mesh: default}}}
                ---
                {kind: ServiceAccount, apiVersion: v1, metadata: {name: buyer, namespace: pod-certificates}}
                ---
                {kind: Mesh, apiVersion: selvedge.dev/v1alpha1, metadata: {name: default},
                 spec: {members: {namespaceSelector: {matchLabels: {selvedge.dev/mesh: default}}}}}
                ---
                kind: Pod
                apiVersion: v1
                metadata: {name: a, namespace: pod-certificates}
                spec:
                  serviceAccountName: buyer
                  nodeName: node-1
                  containers: [{name: app, image: app}]
                  initContainers: [{name: selvedge-proxy, image: proxy, restartPolicy: Always}]
                  volumes:
                  - name: selvedge-credentials
                    projected:
                      sources:
                      - podCertificate:
                          {signerName: selvedge.dev/mesh, keyType: ECDSAP256, credentialBundlePath: bundle.pem,
                           maxExpirationSeconds: 36000}
                """;
        client.load(new ByteArrayInputStream(yaml.getBytes(StandardCharsets.UTF_8)))
                .serverSideApply();
        loop.start(List.of());
        watch.start();
        signer.tick();
        await().until(() -> signer.offered().isPresent());
    }

    @AfterEach
    void stop() throws Exception {
        signer.close();
        watch.close();
        loop.close();
        restricted.close();
        client.resources(Mesh.class).delete();
        client.pods().inNamespace(NAMESPACE).withGracePeriod(0).delete();
        client.genericKubernetesResources(REQUESTS).inNamespace(NAMESPACE).delete();
    }

    @Test
    void a_pod_gets_a_certificate_of_its_identity_for_the_key_that_its_kubelet_made() throws Exception {
        assertThat(signer.offered()).contains(true);
        var keys = keys("secp256r1");
        var name = ask(keys, Map.of());

        var status = answer(name);
        assertThat(condition(status)).isEqualTo("Issued");
        var chain = Pem.readCertificates((String) status.get("certificateChain"));
        assertThat(chain.getFirst().getPublicKey()).isEqualTo(keys.getPublic());
        assertThat(chain.getFirst().getSubjectAlternativeNames())
                .containsExactly(List.of(6, "spiffe://cluster.local/ns/pod-certificates/sa/buyer"));
        chain.getFirst().verify(issuer.certificate().getPublicKey());
        assertThat(chain.get(1)).isEqualTo(issuer.certificate());
        var begin = Instant.parse((String) status.get("notBefore"));
        assertThat(begin)
                .as("for clocks that are behind")
                .isBetween(
                        Instant.now().minus(Duration.ofMinutes(5)),
                        Instant.now().minus(Duration.ofMinutes(4)));
        assertThat(Duration.between(begin, Instant.parse((String) status.get("notAfter"))))
                .as("what the volume of the pod allows, whatever is asked for")
                .isEqualTo(Duration.ofHours(10));
        remembered(begin, Instant.parse((String) status.get("notAfter")));
        client.genericKubernetesResources(REQUESTS).inNamespace(NAMESPACE).delete();
        await().until(() -> client.genericKubernetesResources(REQUESTS)
                .inNamespace(NAMESPACE)
                .list()
                .getItems()
                .isEmpty());
        remembered(begin, Instant.parse((String) status.get("notAfter")));
    }

    private void remembered(Instant begin, Instant end) {
        var uid = client.pods()
                .inNamespace(NAMESPACE)
                .withName("a")
                .require()
                .getMetadata()
                .getUid();
        await().untilAsserted(() -> {
            signer.tick();
            assertThat(signer.certificate(new ObjectName(NAMESPACE, "a"), uid)).contains(new Lifespan(begin, end));
        });
        assertThat(signer.certificate(new ObjectName(NAMESPACE, "a"), "of another"))
                .isEmpty();
    }

    @Test
    void a_clock_that_is_three_minutes_behind_that_of_the_api_server_signs_all_the_same() throws Exception {
        skew = Duration.ofMinutes(-3);
        assertThat(condition(answer(ask(keys("secp256r1"), Map.of())))).isEqualTo("Issued");
    }

    @Test
    void an_answer_that_takes_some_seconds_begins_later_and_is_taken_all_the_same() throws Exception {
        skew = Duration.ofMinutes(-3);
        leads = false;
        var name = ask(keys("secp256r1"), Map.of());
        var created = Instant.parse(request(name).getMetadata().getCreationTimestamp());
        await().until(() -> Instant.now().isAfter(created.plusSeconds(4)));
        leads = true;
        assertThat(Instant.parse((String) answer(name).get("notBefore"))).isEqualTo(created.minusSeconds(270));
    }

    @Test
    void whoever_says_something_that_is_not_so_is_refused_with_the_reason() throws Exception {
        assertThat(reason(ask(keys("secp256r1"), Map.of("serviceAccountName", "admin"))))
                .isEqualTo("WrongServiceAccount");
        assertThat(reason(ask(keys("secp256r1"), Map.of("nodeName", "node-2")))).isEqualTo("WrongNode");
        assertThat(reason(ask(keys("secp384r1"), Map.of()))).isEqualTo("UnsupportedKeyType");
        assertThat(reason(ask(keys("secp256r1"), Map.of("unverifiedUserAnnotations", Map.of("a.example/b", "c")))))
                .isEqualTo("InvalidUnverifiedUserAnnotations");
        kubectl.run("label", "namespace", NAMESPACE, "selvedge.dev/mesh-").succeeded();
        await().until(() -> loop.read(compilation -> compilation.identity(new ObjectName(NAMESPACE, "a")))
                .isEmpty());
        skew = Duration.ofMinutes(2);
        assertThat(reason(ask(keys("secp256r1"), Map.of()))).isEqualTo("NotAMember");
    }

    @Test
    void a_namespace_that_the_operator_may_not_have_seen_yet_is_waited_for() throws Exception {
        var member = new ObjectName(NAMESPACE, "a");
        kubectl.run("label", "namespace", NAMESPACE, "selvedge.dev/mesh-").succeeded();
        await().until(() ->
                loop.read(compilation -> compilation.identity(member)).isEmpty());
        var name = ask(keys("secp256r1"), Map.of());
        signer.tick();
        kubectl.run("label", "namespace", NAMESPACE, "selvedge.dev/mesh=default")
                .succeeded();
        assertThat(condition(answer(name))).isEqualTo("Issued");
    }

    @Test
    void only_the_replica_that_leads_answers_and_it_catches_up() throws Exception {
        leads = false;
        var name = ask(keys("secp256r1"), Map.of());
        signer.tick();
        assertThat(request(name).<Object>get("status", "conditions")).isNull();
        leads = true;
        assertThat(condition(answer(name))).isEqualTo("Issued");
    }

    @Test
    void the_operator_may_not_ask_for_certificates_itself() {
        assertThatThrownBy(() -> ask(restricted, keys("secp256r1"), Map.of())).hasMessageContaining("forbidden");
    }

    private static KeyPair keys(String curve) throws Exception {
        var generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec(curve));
        return generator.generateKeyPair();
    }

    private String ask(KeyPair keys, Map<String, Object> otherwise) throws Exception {
        return ask(client, keys, otherwise);
    }

    private String ask(KubernetesClient as, KeyPair keys, Map<String, Object> otherwise) throws Exception {
        var pod = client.pods().inNamespace(NAMESPACE).withName("a").require();
        var account = client.serviceAccounts()
                .inNamespace(NAMESPACE)
                .withName("buyer")
                .require();
        var csr = new JcaPKCS10CertificationRequestBuilder(new X500Principal(""), keys.getPublic())
                .build(new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate()));
        var spec = new HashMap<String, Object>(Map.of(
                "signerName", "selvedge.dev/mesh",
                "podName", "a",
                "podUID", pod.getMetadata().getUid(),
                "serviceAccountName", "buyer",
                "serviceAccountUID", account.getMetadata().getUid(),
                "nodeName", "node-1",
                "nodeUID", "any",
                "maxExpirationSeconds", 43_200,
                "stubPKCS10Request", Base64.getEncoder().encodeToString(csr.getEncoded())));
        spec.putAll(otherwise);
        var request = new GenericKubernetesResource();
        request.setApiVersion("certificates.k8s.io/v1beta1");
        request.setKind("PodCertificateRequest");
        request.setMetadata(new ObjectMetaBuilder()
                .withNamespace(NAMESPACE)
                .withName("request-" + System.nanoTime())
                .build());
        request.setAdditionalProperty("spec", spec);
        return as.genericKubernetesResources(REQUESTS)
                .inNamespace(NAMESPACE)
                .resource(request)
                .create()
                .getMetadata()
                .getName();
    }

    private GenericKubernetesResource request(String name) {
        return client.genericKubernetesResources(REQUESTS)
                .inNamespace(NAMESPACE)
                .withName(name)
                .require();
    }

    private Map<String, Object> answer(String name) {
        return await().atMost(Duration.ofSeconds(20))
                .until(
                        () -> {
                            signer.tick();
                            return request(name).<Map<String, Object>>get("status");
                        },
                        status -> status != null && status.containsKey("conditions"));
    }

    private static String condition(Map<String, Object> status) {
        return first(status, "type");
    }

    private String reason(String name) {
        var status = answer(name);
        assertThat(condition(status)).isEqualTo("Denied");
        assertThat(status).doesNotContainKey("certificateChain");
        return first(status, "reason");
    }

    @SuppressWarnings("unchecked")
    private static String first(Map<String, Object> status, String field) {
        return ((List<Map<String, String>>) status.get("conditions")).getFirst().get(field);
    }
}
