// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.identity;

import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.reconciler.pki.Lifespan;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * When the certificates that kubelets keep end, as their answered requests say. The API server deletes requests soon, so
 * it is remembered here; of a certificate from before this replica began, nothing is known until the kubelet renews it.
 */
final class KubeletCertificates {
    /** @param uid of the pod */
    private record Kept(String uid, Lifespan life) {}

    private final Map<ObjectName, Kept> byPod = new ConcurrentHashMap<>();

    /** Takes in a PodCertificateRequest, answered or not. */
    void saw(GenericKubernetesResource request) {
        if (request.get("spec", "podName") instanceof String name
                && request.get("spec", "podUID") instanceof String uid
                && request.get("status", "notBefore") instanceof String begin
                && request.get("status", "notAfter") instanceof String end) {
            var kept = new Kept(uid, new Lifespan(Instant.parse(begin), Instant.parse(end)));
            byPod.merge(
                    new ObjectName(request.getMetadata().getNamespace(), name),
                    kept,
                    (a, b) -> a.life().begin().isAfter(b.life().begin()) ? a : b);
        }
    }

    /** The last one that was signed for a pod. */
    Optional<Lifespan> of(ObjectName pod, String uid) {
        return Optional.ofNullable(byPod.get(pod))
                .filter(kept -> kept.uid().equals(uid))
                .map(Kept::life);
    }

    /** Forgets those that have ended, of pods that are gone. */
    void forget(Predicate<ObjectName> exists, Instant now) {
        byPod.entrySet().removeIf(entry -> entry.getValue().life().hasEnded(now) && !exists.test(entry.getKey()));
    }
}
