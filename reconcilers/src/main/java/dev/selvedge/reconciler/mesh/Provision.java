// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.mesh;

import dev.selvedge.api.v1alpha1.Mesh;
import dev.selvedge.api.v1alpha1.MeshIdentity.BundleSource;
import dev.selvedge.api.v1alpha1.MeshIdentity.IssuerSource;
import dev.selvedge.reconciler.pki.AdditionalAnchors;
import dev.selvedge.reconciler.pki.ProvidedIssuer;
import dev.selvedge.reconciler.pki.TrustSecrets;
import dev.selvedge.reconciler.trust.Rotations.Offer;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Secret;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * What somebody else provides for the trust of a Mesh.
 *
 * @param expected whether the Mesh asks for it
 * @param offer what can be used of it
 * @param refusal why it cannot be used, in sentences
 * @param additional anchors to trust; empty when those of before are to stay
 * @param bundleRefusal why they are to stay, in sentences
 */
record Provision(
        boolean expected,
        Optional<Offer> offer,
        Optional<String> refusal,
        Optional<List<X509Certificate>> additional,
        Optional<String> bundleRefusal) {
    static final String SECRET = "Secret " + TrustSecrets.PROVIDED;

    static final String CONFIG_MAP = "ConfigMap " + TrustSecrets.ADDITIONAL_ANCHORS;

    static final Provision NONE =
            new Provision(false, Optional.empty(), Optional.empty(), Optional.of(List.of()), Optional.empty());

    static Provision of(
            Mesh mesh, MeshSettings settings, Optional<Secret> secret, Optional<ConfigMap> anchors, Clock clock) {
        var issuer = issuer(mesh, settings, secret, clock);
        if (mesh.getSpec().identity().trustBundle().source() == BundleSource.NONE) {
            return issuer;
        }
        if (anchors.isEmpty()) {
            return issuer.keeping("It is not there. Create it in the namespace " + settings.namespace()
                    + " with the trust anchors in ca.crt.");
        }
        var pem = Optional.ofNullable(anchors.get().getData()).map(data -> data.get(TrustSecrets.BUNDLE));
        return switch (AdditionalAnchors.check(pem, clock.instant())) {
            case AdditionalAnchors.Refused(var reason) -> issuer.keeping(reason);
            case AdditionalAnchors.Usable(var usable) ->
                new Provision(issuer.expected, issuer.offer, issuer.refusal, Optional.of(usable), Optional.empty());
        };
    }

    private Provision keeping(String reason) {
        return new Provision(expected, offer, refusal, Optional.empty(), Optional.of(CONFIG_MAP + ": " + reason));
    }

    private static Provision issuer(Mesh mesh, MeshSettings settings, Optional<Secret> secret, Clock clock) {
        if (mesh.getSpec().identity().issuer().source() == IssuerSource.MANAGED) {
            return NONE;
        }
        if (secret.isEmpty()) {
            return refused("It is not there. Create it in the namespace " + settings.namespace()
                    + " with tls.crt, tls.key and ca.crt.");
        }
        var domains = new TreeSet<>(List.of(mesh.getSpec().trustDomain()));
        var names = new ProvidedIssuer.Names(domains, settings.hosts());
        var found = ProvidedIssuer.check(entry -> TrustSecrets.text(secret.get().getData(), entry), names, clock);
        return switch (found) {
            case ProvidedIssuer.Refused(var reason) -> refused(reason);
            case ProvidedIssuer.Usable usable ->
                new Provision(
                        true,
                        Optional.of(new Offer(usable.issuer().certificate(), usable.anchor(), usable.everywhereFrom())),
                        Optional.empty(),
                        Optional.of(List.of()),
                        Optional.empty());
        };
    }

    private static Provision refused(String reason) {
        return new Provision(
                true, Optional.empty(), Optional.of(SECRET + ": " + reason), Optional.of(List.of()), Optional.empty());
    }

    /** Whether the first issuer can be made. */
    boolean begins() {
        return !expected || offer.isPresent();
    }
}
