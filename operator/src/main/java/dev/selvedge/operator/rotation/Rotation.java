// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.rotation;

import dev.selvedge.api.Labels;
import dev.selvedge.reconciler.pki.Authority;
import dev.selvedge.reconciler.pki.KeyAndChain;
import dev.selvedge.reconciler.pki.Pem;
import dev.selvedge.reconciler.pki.TrustSecrets;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jboss.logging.Logger;

/**
 * Makes a trust anchor where there is none that fits, and an issuer where there is none or it is due. Each step is one
 * write and is decided by what is stored, so that a Job that was killed at any point ends in the same state when it runs
 * again. Nothing that is secret is printed.
 */
public final class Rotation {
    private static final Logger LOG = Logger.getLogger(Rotation.class);
    private static final String FIELD_MANAGER = "selvedge-rotation";

    private final KubernetesClient client;
    private final String namespace;
    private final Clock clock;
    private final Authority authority;

    public Rotation(KubernetesClient client, String namespace, Clock clock, SecureRandom random) {
        this.client = client;
        this.namespace = namespace;
        this.clock = clock;
        this.authority = new Authority(clock, random);
    }

    /** Runs the command in the cluster that it is in. */
    public static void main(List<String> arguments) {
        var plan = Plan.parse(arguments);
        var namespace = Optional.ofNullable(System.getenv("POD_NAMESPACE")).orElse("selvedge-system");
        try (var client = new KubernetesClientBuilder().build()) {
            new Rotation(client, namespace, Clock.systemUTC(), new SecureRandom()).run(plan);
        }
    }

    /** Brings the two Secrets to where they have to be. */
    public void run(Plan plan) {
        var anchor = stored(TrustSecrets.ANCHOR, plan)
                .filter(found -> clock.instant().isBefore(TrustSecrets.dueAt(found.certificate())))
                .orElseGet(() -> createAnchor(plan));
        var issuer = stored(TrustSecrets.ISSUER, plan)
                .filter(found -> clock.instant().isBefore(TrustSecrets.dueAt(found.certificate())))
                .filter(found -> isSignedBy(found, anchor));
        if (issuer.isPresent()) {
            LOG.infof("the issuer is good until %s", issuer.get().notAfter());
            return;
        }
        var signed = authority.signIssuer(anchor, plan.trustDomain(), plan.issuerLifetime());
        write(TrustSecrets.ISSUER, plan, signed, Map.of(TrustSecrets.BUNDLE, Pem.write(anchor.chain())));
        LOG.infof("signed an issuer that is good until %s", signed.notAfter());
    }

    private KeyAndChain createAnchor(Plan plan) {
        var anchor = authority.createAnchor(plan.trustDomain(), plan.anchorLifetime());
        write(TrustSecrets.ANCHOR, plan, anchor, Map.of());
        LOG.infof("made a trust anchor that is good until %s", anchor.notAfter());
        return anchor;
    }

    /** What is stored for this Mesh; what an earlier Mesh left does not count. */
    private Optional<KeyAndChain> stored(String name, Plan plan) {
        var secret = client.secrets().inNamespace(namespace).withName(name).get();
        return Optional.ofNullable(secret)
                .filter(found -> found.getMetadata().getOwnerReferences().stream()
                        .anyMatch(owner -> owner.getUid().equals(plan.meshUid())))
                .flatMap(Rotation::read);
    }

    private static Optional<KeyAndChain> read(Secret secret) {
        var certificate = TrustSecrets.text(secret.getData(), TrustSecrets.CERTIFICATE);
        var key = TrustSecrets.text(secret.getData(), TrustSecrets.KEY);
        return certificate.isPresent() && key.isPresent()
                ? Optional.of(KeyAndChain.fromPem(certificate.get(), key.get()))
                : Optional.empty();
    }

    private static boolean isSignedBy(KeyAndChain issuer, KeyAndChain anchor) {
        try {
            issuer.certificate().verify(anchor.certificate().getPublicKey());
            return true;
        } catch (java.security.GeneralSecurityException e) {
            return false;
        }
    }

    private void write(String name, Plan plan, KeyAndChain content, Map<String, String> more) {
        var secret = new SecretBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(name)
                .addToLabels("app.kubernetes.io/managed-by", "selvedge")
                .addToLabels(Labels.OWNED_BY, plan.mesh())
                .addNewOwnerReference()
                .withApiVersion("selvedge.dev/v1alpha1")
                .withKind("Mesh")
                .withName(plan.mesh())
                .withUid(plan.meshUid())
                .endOwnerReference()
                .endMetadata()
                .withType("Opaque")
                .addToData(TrustSecrets.CERTIFICATE, encoded(content.chainPem()))
                .addToData(TrustSecrets.KEY, encoded(content.keyPem()));
        more.forEach((entry, text) -> secret.addToData(entry, encoded(text)));
        client.resource(secret.build())
                .patch(new PatchContext.Builder()
                        .withPatchType(PatchType.SERVER_SIDE_APPLY)
                        .withFieldManager(FIELD_MANAGER)
                        .withForce(true)
                        .build());
    }

    private static String encoded(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
