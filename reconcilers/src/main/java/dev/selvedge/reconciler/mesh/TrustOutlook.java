// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.mesh;

import dev.selvedge.api.v1alpha1.Mesh;
import dev.selvedge.api.v1alpha1.MeshSpec;
import dev.selvedge.api.v1alpha1.TrustStatus;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.reconciler.status.MeshState.Fleet;
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
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.stream.Stream;

/**
 * The trust of a Mesh: what is stored, and what comes next.
 *
 * @param trustDomains that certificates of proxies are of, or are about to be, that of new ones first
 * @param proxies what each has, also those that are away
 * @param serving the certificate of this replica's own servers
 */
record TrustOutlook(
        TrustState stored,
        Provision provision,
        List<String> trustDomains,
        Decision decision,
        List<ProxyTrust> proxies,
        Optional<X509Certificate> serving) {
    TrustOutlook {
        trustDomains = List.copyOf(trustDomains);
        proxies = List.copyOf(proxies);
    }

    /**
     * @param provision what somebody else provides
     * @param proxies what each has, by {@link #proxies}
     * @param fleet what connected proxies have acknowledged of all that they were sent
     * @param applied whether all owned objects have the stored bundle
     */
    static TrustOutlook of(
            Mesh mesh,
            TrustState stored,
            Provision provision,
            List<ProxyTrust> proxies,
            boolean applied,
            Fleet fleet,
            Instant now) {
        var spec = mesh.getSpec();
        var before = Optional.ofNullable(mesh.getStatus())
                .map(status -> status.trust())
                .filter(trust -> trust.since() != null)
                .map(TrustOutlook::memory);
        var bundle = TrustVersions.bundle(domains(spec, stored));
        boolean settled = fleet.pending() == 0 && fleet.rejecting() == 0;
        var facts = new Rotations.Facts(
                stored, provision.offer(), provision.additional(), before, proxies, bundle, applied, settled, now);
        return new TrustOutlook(
                stored,
                provision,
                trustDomains(stored, spec.trustDomain()),
                Rotations.decide(RotationPolicy.of(spec), facts),
                proxies,
                Optional.empty());
    }

    /** The same, beside the certificate of this replica's own servers. */
    TrustOutlook on(ThisReplica replica) {
        return new TrustOutlook(stored, provision, trustDomains, decision, proxies, replica.servingCertificate());
    }

    /** As every replica works it out. */
    private static SortedMap<String, List<X509Certificate>> domains(MeshSpec spec, TrustState stored) {
        var accepted = Stream.concat(Stream.of(spec.trustDomain()), spec.trustDomainAliases().stream());
        return TrustVersions.anchors(accepted, stored.trustDomain(spec.trustDomain()), stored.trusted());
    }

    private static List<String> trustDomains(TrustState stored, String otherwise) {
        return Stream.concat(
                        Stream.of(stored.trustDomain(otherwise)),
                        stored.move().stream().flatMap(move -> Stream.of(move.from(), move.to())))
                .distinct()
                .toList();
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
