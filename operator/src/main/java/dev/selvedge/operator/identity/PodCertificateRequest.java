// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.identity;

import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.Pod;
import dev.selvedge.reconciler.pki.RequestedKey;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.security.PublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;

/**
 * What a kubelet asks for, by {@code certificates.k8s.io/v1beta1}. The API server has checked that the kubelet runs the
 * pod and has the private key; everything else that a certificate says is checked here, against what this replica knows.
 *
 * @param createdAt when it was asked for
 * @param longest how long the certificate may live, as the kubelet says
 * @param annotations whether the pod's author added anything; there is nothing that we would understand
 */
record PodCertificateRequest(
        ObjectName pod,
        String podUid,
        String serviceAccount,
        String node,
        Instant createdAt,
        Duration longest,
        boolean annotations,
        Map<String, Object> spec) {
    /** How long is waited for what the informers may not have brought yet: the pod, its node, the namespace's label. */
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private static final long DEFAULT_SECONDS = 86_400;

    /** What becomes of a request. */
    sealed interface Verdict {
        /** @param longest how long the certificate may live */
        record Sign(PublicKey key, String spiffeId, Duration longest) implements Verdict {}

        /** @param reason in CamelCase, for the condition */
        record Deny(String reason, String message) implements Verdict {}

        /** It is looked at again. */
        record Wait() implements Verdict {}
    }

    /** Empty for one that is answered already. */
    static Optional<PodCertificateRequest> pending(GenericKubernetesResource object) {
        if (object.get("status", "conditions") instanceof Iterable<?> conditions
                && conditions.iterator().hasNext()) {
            return Optional.empty();
        }
        Map<String, Object> spec = object.get("spec");
        var seconds = spec.get("maxExpirationSeconds") instanceof Number number ? number.longValue() : DEFAULT_SECONDS;
        var meta = object.getMetadata();
        return Optional.of(new PodCertificateRequest(
                new ObjectName(meta.getNamespace(), text(spec, "podName")),
                text(spec, "podUID"),
                text(spec, "serviceAccountName"),
                text(spec, "nodeName"),
                Instant.parse(meta.getCreationTimestamp()),
                Duration.ofSeconds(seconds),
                spec.get("unverifiedUserAnnotations") instanceof Map<?, ?> map && !map.isEmpty(),
                spec));
    }

    private static String text(Map<String, Object> spec, String field) {
        return spec.get(field) instanceof String text ? text : "";
    }

    /**
     * @param known the pod of that name, as the informers have it
     * @param identity its SPIFFE ID; empty when it is not in the mesh
     */
    Verdict judge(Optional<Pod> known, Optional<String> identity, Instant now) {
        var found = known.filter(candidate -> candidate.uid().equals(podUid));
        if (found.isEmpty() || found.get().node().isEmpty()) {
            return waitOrDeny(now, "UnknownPod", "no pod " + pod + " with uid " + podUid + " runs on a node");
        }
        var actual = found.get();
        if (!actual.serviceAccount().equals(serviceAccount)) {
            return deny("WrongServiceAccount", "pod " + pod + " runs as " + actual.serviceAccount());
        }
        if (!actual.node().get().equals(node)) {
            return deny(
                    "WrongNode", "pod " + pod + " runs on node " + actual.node().get());
        }
        if (actual.proxy() instanceof Pod.Proxy.None || actual.ownKey().isEmpty()) {
            return deny("NoProxyInPod", "pod " + pod + " has no proxy of the mesh that reads such a certificate");
        }
        if (identity.isEmpty()) {
            // A kubelet never asks again for a pod that was refused.
            return waitOrDeny(now, "NotAMember", "pod " + pod + " is not in a namespace of a mesh");
        }
        if (annotations) {
            return deny("InvalidUnverifiedUserAnnotations", "userAnnotations mean nothing here; remove them");
        }
        var allowed = actual.ownKey().get();
        return key().<Verdict>map(key ->
                        new Verdict.Sign(key, identity.get(), longest.compareTo(allowed) < 0 ? longest : allowed))
                .orElseGet(() -> deny("UnsupportedKeyType", "ECDSAP256"));
    }

    private Optional<PublicKey> key() {
        var request = Base64.getDecoder().decode(text(spec, "stubPKCS10Request"));
        var key = Base64.getDecoder().decode(text(spec, "pkixPublicKey"));
        try {
            return request.length > 0 ? RequestedKey.ofRequest(request) : RequestedKey.of(key);
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    private Verdict waitOrDeny(Instant now, String reason, String message) {
        return now.isBefore(createdAt.plus(PATIENCE)) ? new Verdict.Wait() : deny(reason, message);
    }

    private static Verdict.Deny deny(String reason, String message) {
        return new Verdict.Deny(reason, message);
    }
}
