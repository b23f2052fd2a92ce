// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.mesh;

import dev.selvedge.api.v1alpha1.Condition;
import dev.selvedge.api.v1alpha1.MeshStatus;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.reconciler.status.Conditions;
import dev.selvedge.reconciler.status.MeshState.Fleet;
import dev.selvedge.reconciler.status.MeshState.Topology;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The status of a Mesh, as a pure function of what is known about it. */
final class MeshStatuses {
    private static final String READY = "Ready";

    /** True in a Mesh that only has to be kept as it is. */
    static final Set<String> SETTLED = Set.of(READY, TrustHealth.TYPE);

    private static final int NAMED_PODS = 5;

    private MeshStatuses() {}

    /**
     * What is known of the Mesh in force.
     *
     * @param provision what somebody else provides for it
     * @param rotation why there is no issuer, or no fresh one, when the last attempt to make one failed
     * @param failure why the owned objects could not all be applied
     */
    record Facts(
            Membership.Members members,
            Optional<TrustOutlook> trust,
            Provision provision,
            Optional<RotationFailure> rotation,
            Fleet fleet,
            MeshStatus.@Nullable Drift drift,
            Topology topology,
            Optional<String> failure,
            Provisioning provisioning,
            Instant now) {
        /** A good issuer serves until its end, whatever becomes of the next. */
        boolean trusted() {
            return trust.filter(outlook -> !outlook.stored().ended(now)).isPresent();
        }
    }

    static MeshStatus inForce(Conditions conditions, Facts facts) {
        return new MeshStatus(
                conditions.generation(),
                conditions(conditions, facts),
                new MeshStatus.Members(
                        facts.members.namespaces().size(),
                        facts.members.pods(),
                        facts.members.notInjected().size()),
                proxies(facts.fleet),
                facts.trust
                        .map(trust -> TrustStatuses.of(trust, facts.fleet.firstCertificateEnd()))
                        .orElse(null),
                facts.drift,
                TopologyStatuses.of(facts.topology, facts.members.zones()));
    }

    /** Another Mesh is older; this one does nothing. */
    static MeshStatus conflicted(Conditions conditions, String winner) {
        var message = "The cluster has one mesh, and Mesh " + winner + " is older. Delete one of the two.";
        return new MeshStatus(
                conditions.generation(),
                List.of(
                        conditions.of(READY, false, "Conflicted", message),
                        conditions.of("Stalled", true, "Conflicted", message)),
                null,
                null,
                null,
                null,
                null);
    }

    private static List<Condition> conditions(Conditions conditions, Facts facts) {
        var trust = TrustHealth.condition(conditions, facts.trust, facts.provision, facts.rotation, facts.now);
        var list = new ArrayList<Condition>();
        if (facts.failure.isPresent()) {
            var message = "Not all owned objects could be applied; it is tried again: " + facts.failure.get();
            list.add(conditions.of(READY, false, "ApplyFailed", message));
            list.add(conditions.of("Reconciling", true, "ApplyFailed", message));
        } else if (!facts.trusted()) {
            list.add(conditions.of(READY, false, trust.reason(), trust.message()));
            list.add(conditions.of("Reconciling", true, trust.reason(), trust.message()));
        } else {
            list.add(conditions.of(
                    READY,
                    true,
                    "Ready",
                    "The mesh spans " + facts.members.namespaces().size() + " namespaces."));
        }
        list.add(trust);
        list.add(membersInjected(conditions, facts.members.notInjected()));
        facts.provisioning.condition(conditions).ifPresent(list::add);
        return list;
    }

    private static Condition membersInjected(Conditions conditions, List<ObjectName> missing) {
        var type = "MembersInjected";
        if (missing.isEmpty()) {
            return conditions.of(type, true, "AllInjected", "Every pod that should have a proxy has one.");
        }
        var named = missing.stream().limit(NAMED_PODS).map(ObjectName::toString).collect(Collectors.joining(", "));
        var more = missing.size() > NAMED_PODS ? " and " + (missing.size() - NAMED_PODS) + " more" : "";
        return conditions.of(
                type,
                false,
                "NotInjected",
                "Without a proxy: " + named + more + ". Restart these pods, or label their templates"
                        + " selvedge.dev/inject: Disabled.");
    }

    private static MeshStatus.Proxies proxies(Fleet fleet) {
        var versions = fleet.versions().entrySet().stream()
                .sorted(Map.Entry.<String, Integer>comparingByValue(Comparator.reverseOrder())
                        .thenComparing(Map.Entry.comparingByKey()))
                .map(version -> new MeshStatus.ProxyVersion(version.getKey(), version.getValue()))
                .toList();
        var summary = versions.stream()
                .map(version -> version.version() + " (" + version.count() + ")")
                .collect(Collectors.joining(", "));
        return new MeshStatus.Proxies(
                fleet.connected(),
                fleet.current(),
                fleet.pending(),
                fleet.rejecting(),
                versions,
                fleet.current() + "/" + fleet.connected(),
                summary);
    }
}
