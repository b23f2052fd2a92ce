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
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/**
 * Makes a trust anchor where there is none that fits, and an issuer where there is none or it is due. Each step is one
 * write and is decided by what is stored, so that a Job that was killed at any point ends in the same state when it runs
 * again, and of two that run at once one gives way. Nothing that is secret is printed.
 */
public final class Rotation {
    private static final Logger LOG = Logger.getLogger(Rotation.class);

    /** Where Kubernetes takes a container's last words from. */
    private static final Path TERMINATION_LOG = Path.of("/dev/termination-log");

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

    /**
     * Runs the command in the cluster that it is in.
     *
     * @return the exit code; a failure is safe to repeat
     */
    public static int main(List<String> arguments) {
        var namespace = Optional.ofNullable(System.getenv("POD_NAMESPACE")).orElse("selvedge-system");
        try (var client = new KubernetesClientBuilder().build()) {
            var plan = Plan.parse(arguments);
            new Rotation(client, namespace, Clock.systemUTC(), new SecureRandom()).run(plan);
            return 0;
        } catch (IllegalArgumentException | KubernetesClientException e) {
            LOG.errorf("the rotation failed and will be tried again: %s", e.getMessage());
            lastWords(String.valueOf(e.getMessage()));
            return 1;
        }
    }

    /** Why it failed, for the status of the pod, from where the operator takes it to the status of the Mesh. */
    private static void lastWords(String message) {
        try {
            Files.writeString(TERMINATION_LOG, message);
        } catch (IOException e) {
            LOG.warnf("%s cannot be written: %s", TERMINATION_LOG, e.getMessage());
        }
    }

    /** Brings the two Secrets to where they have to be. */
    public void run(Plan plan) {
        var anchor = anchor(plan);
        var stored = secret(TrustSecrets.ISSUER);
        var issuer = stored.filter(secret -> belongs(secret, plan))
                .flatMap(Rotation::read)
                .filter(found -> clock.instant().isBefore(TrustSecrets.dueAt(found.certificate())))
                .filter(found -> isSignedBy(found, anchor));
        if (issuer.isPresent()) {
            LOG.infof("the issuer is good until %s", issuer.get().notAfter());
            return;
        }
        var bundle = bundle(anchor, stored.filter(secret -> belongs(secret, plan)));
        var signed = authority.signIssuer(anchor, plan.trustDomain(), plan.issuerLifetime());
        write(TrustSecrets.ISSUER, plan, stored, signed, Map.of(TrustSecrets.BUNDLE, Pem.write(bundle)));
        LOG.infof("signed an issuer that is good until %s", signed.notAfter());
    }

    /**
     * The anchor that is stored, until its very end: to replace it while it is in use takes the stages of a rotation, or
     * proxies with the old bundle refuse those with new certificates.
     */
    private KeyAndChain anchor(Plan plan) {
        var stored = secret(TrustSecrets.ANCHOR);
        var usable = stored.filter(secret -> belongs(secret, plan))
                .flatMap(Rotation::read)
                .filter(found -> clock.instant().isBefore(found.notAfter()));
        if (usable.isPresent()) {
            return usable.get();
        }
        var anchor = authority.createAnchor(plan.trustDomain(), plan.anchorLifetime());
        write(TrustSecrets.ANCHOR, plan, stored, anchor, Map.of());
        LOG.infof("made a trust anchor that is good until %s", anchor.notAfter());
        return anchor;
    }

    /**
     * The anchor, and those that were trusted before and have not ended: who deletes the anchor's Secret gets a new one
     * beside the old; who deletes both Secrets starts afresh.
     */
    private List<X509Certificate> bundle(KeyAndChain anchor, Optional<Secret> issuer) {
        var before = issuer
                .flatMap(secret -> TrustSecrets.text(secret.getData(), TrustSecrets.BUNDLE))
                .map(Rotation::readBundle)
                .orElse(List.of())
                .stream()
                .filter(old -> clock.instant().isBefore(old.getNotAfter().toInstant()));
        return Stream.concat(anchor.chain().stream(), before).distinct().toList();
    }

    private static List<X509Certificate> readBundle(String pem) {
        try {
            return Pem.readCertificates(pem);
        } catch (IllegalArgumentException e) {
            LOG.warn("the trust bundle in the Secret of the issuer cannot be read and is replaced");
            return List.of();
        }
    }

    private Optional<Secret> secret(String name) {
        return Optional.ofNullable(
                client.secrets().inNamespace(namespace).withName(name).get());
    }

    /** What an earlier Mesh left does not count. */
    private static boolean belongs(Secret secret, Plan plan) {
        return secret.getMetadata().getOwnerReferences().stream()
                .anyMatch(owner -> owner.getUid().equals(plan.meshUid()));
    }

    /** Empty also when somebody spoilt it: then it is made anew. */
    private static Optional<KeyAndChain> read(Secret secret) {
        var certificate = TrustSecrets.text(secret.getData(), TrustSecrets.CERTIFICATE);
        var key = TrustSecrets.text(secret.getData(), TrustSecrets.KEY);
        try {
            return certificate.isPresent() && key.isPresent()
                    ? Optional.of(KeyAndChain.fromPem(certificate.get(), key.get()))
                    : Optional.empty();
        } catch (IllegalArgumentException e) {
            LOG.warnf(
                    "Secret %s cannot be read and is replaced",
                    secret.getMetadata().getName());
            return Optional.empty();
        }
    }

    private static boolean isSignedBy(KeyAndChain issuer, KeyAndChain anchor) {
        try {
            issuer.certificate().verify(anchor.certificate().getPublicKey());
            return true;
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    /**
     * Creates by server-side apply, because that carries the name, which the right to create is bound to. A manager of
     * its own that does not force loses against another Job that came first; an update against any other write.
     *
     * @param stored what is there and is replaced
     */
    private void write(String name, Plan plan, Optional<Secret> stored, KeyAndChain content, Map<String, String> more) {
        var secret = new SecretBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(name)
                .withResourceVersion(
                        stored.map(s -> s.getMetadata().getResourceVersion()).orElse(null))
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
        var resource = client.resource(secret.build());
        if (stored.isPresent()) {
            resource.update();
        } else {
            resource.fieldManager("selvedge-rotation-" + UUID.randomUUID()).serverSideApply();
        }
    }

    private static String encoded(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
