// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.model;

import dev.selvedge.compiler.diagnostic.Origin;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy;
import dev.selvedge.compiler.snapshot.Mesh;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.RateLimit;
import dev.selvedge.compiler.snapshot.RateLimitService;
import dev.selvedge.compiler.snapshot.TrustDomains;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;

/**
 * What the proxy of a pod enforces for its callers.
 *
 * @param identity the pod's SPIFFE ID
 * @param trustDomains whose identities its callers may have
 * @param deny evaluated first
 * @param allow evaluated when nothing denied, on the ports for which it speaks
 * @param traffic by port of the pod, where there is any
 * @param origins of what holds for every connection
 * @param trafficOrigins the policies that shaped {@code traffic}
 * @param rateLimits who counts for limits that pods share
 */
public record WorkloadView(
        ObjectName pod,
        String identity,
        TrustDomains trustDomains,
        Mesh.MtlsMode mtls,
        List<PortRules> deny,
        List<PortRules> allow,
        Mesh.AuthorizationDefault defaultAction,
        SortedMap<Integer, PortTraffic> traffic,
        SortedSet<Origin> origins,
        SortedSet<Origin> trafficOrigins,
        Optional<RateLimitService> rateLimits) {
    private static final ObjectName ANY_POD = new ObjectName("", "");

    public WorkloadView {
        deny = List.copyOf(deny);
        allow = List.copyOf(allow);
    }

    /** Without what tells the pod from others: equal for all pods whose proxies enforce the same. */
    public WorkloadView ofAnyPod() {
        return new WorkloadView(
                ANY_POD,
                "",
                trustDomains,
                mtls,
                deny,
                allow,
                defaultAction,
                traffic,
                Collections.emptySortedSet(),
                Collections.emptySortedSet(),
                rateLimits);
    }

    /** The rate limits of the port that has most, without those that pods share. */
    public int mostLimits() {
        return traffic.values().stream()
                .mapToInt(port -> (int) port.limits().stream()
                        .filter(limit -> limit.limit().scope() != RateLimit.Scope.GLOBAL)
                        .count())
                .max()
                .orElse(0);
    }

    /**
     * The rules of one policy for this pod.
     *
     * @param ports target ports of the pod that the policy speaks for; empty means all. On a port for which any Allow
     *     policy speaks, a caller that no Allow rule matches is refused; on the others the default decides
     * @param rules with ports already translated to ports of the pod
     */
    public record PortRules(ObjectName policy, SortedSet<Integer> ports, List<AuthorizationPolicy.Rule> rules) {
        public PortRules {
            rules = List.copyOf(rules);
        }
    }
}
