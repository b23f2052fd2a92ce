// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.mesh;

import dev.selvedge.api.v1alpha1.Mesh;
import dev.selvedge.api.v1alpha1.TrustStatus;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.reconciler.trust.Decision;
import dev.selvedge.reconciler.trust.ProxyTrust;
import dev.selvedge.reconciler.trust.RotationPolicy;
import dev.selvedge.reconciler.trust.Rotations;
import dev.selvedge.reconciler.trust.TrustState;
import dev.selvedge.reconciler.trust.TrustVersions;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The trust of a Mesh: what is stored, and what comes next.
 *
 * @param serving the certificate of this replica's own servers
 */
record TrustOutlook(TrustState stored, Decision decision, Optional<X509Certificate> serving) {

    /**
     * @param proxies what each has, by {@link #proxies}
     * @param applied whether all owned objects have the stored bundle
     */
    static TrustOutlook of(Mesh mesh, TrustState stored, List<ProxyTrust> proxies, boolean applied, Instant now) {
        var spec = mesh.getSpec();
        var before = Optional.ofNullable(mesh.getStatus())
                .map(status -> status.trust())
                .filter(trust -> trust.since() != null)
                .map(TrustOutlook::memory);
        var bundle = TrustVersions.bundle(new TreeMap<>(Map.of(spec.trustDomain(), stored.anchors())));
        var facts = new Rotations.Facts(stored, before, proxies, bundle, applied, now);
        return new TrustOutlook(stored, Rotations.decide(RotationPolicy.of(spec.identity()), facts), Optional.empty());
    }

    /** The same, beside the certificate of this replica's own servers. */
    TrustOutlook serving(ServingCertificate certificate) {
        return new TrustOutlook(stored, decision, certificate.current());
    }

    private static Rotations.Memory memory(TrustStatus trust) {
        return new Rotations.Memory(trust.stage(), Objects.requireNonNull(trust.since()));
    }

    /**
     * All of the mesh: a pod that no replica has heard of may come back with what it has.
     *
     * @param heard what replicas know
     */
    static List<ProxyTrust> proxies(Membership.Members members, List<ProxyTrust> heard) {
        var proxies = new ArrayList<ProxyTrust>();
        var unheard = new HashSet<String>();
        members.proxies().stream()
                .filter(pod -> members.trusting().contains(pod.namespace()))
                .map(ObjectName::toString)
                .forEach(unheard::add);
        for (var proxy : heard) {
            unheard.remove(proxy.pod());
            // Those of a namespace that left keep what they have, and talk to nobody in the mesh.
            if (members.trusting().contains(proxy.pod().substring(0, proxy.pod().indexOf('/')))) {
                proxies.add(proxy);
            }
        }
        unheard.forEach(pod -> proxies.add(ProxyTrust.unheard(pod)));
        return proxies;
    }

    /** What the Job is to do now. */
    Optional<RotationJob.Order> order() {
        return decision.step().map(step -> new RotationJob.Order(step, stored.id(), decision.reason()));
    }
}
