// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.envoy;

import dev.selvedge.compiler.model.PortTraffic;
import dev.selvedge.compiler.model.WorkloadView;
import dev.selvedge.compiler.model.WorkloadView.PortRules;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy.Operation;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy.Rule;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy.Source;
import dev.selvedge.compiler.snapshot.Mesh.AuthorizationDefault;
import dev.selvedge.compiler.snapshot.Mesh.MtlsMode;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.RateLimitService;
import dev.selvedge.compiler.snapshot.StringMatch;
import dev.selvedge.compiler.snapshot.TrustDomains;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/** Workloads with rules, in few words. */
final class InboundRules {
    private InboundRules() {}

    static WorkloadView workload(
            MtlsMode mtls, List<PortRules> deny, List<PortRules> allow, AuthorizationDefault byDefault) {
        return new WorkloadView(
                new ObjectName("shop", "ratings-1"),
                "spiffe://cluster.local/ns/shop/sa/server",
                TrustDomains.of("cluster.local"),
                mtls,
                deny,
                allow,
                byDefault,
                new TreeMap<>(),
                new TreeSet<>(),
                new TreeSet<>(),
                Optional.empty());
    }

    /** The same workload with rate limits and faults at one port. */
    static WorkloadView with(WorkloadView workload, int port, PortTraffic traffic) {
        return new WorkloadView(
                workload.pod(),
                workload.identity(),
                workload.trustDomains(),
                workload.mtls(),
                workload.deny(),
                workload.allow(),
                workload.defaultAction(),
                new TreeMap<>(Map.of(port, traffic)),
                workload.origins(),
                workload.trafficOrigins(),
                workload.rateLimits());
    }

    /** The same workload where somebody counts for limits that pods share. */
    static WorkloadView counted(WorkloadView workload, RateLimitService service) {
        return new WorkloadView(
                workload.pod(),
                workload.identity(),
                workload.trustDomains(),
                workload.mtls(),
                workload.deny(),
                workload.allow(),
                workload.defaultAction(),
                workload.traffic(),
                workload.origins(),
                workload.trafficOrigins(),
                Optional.of(service));
    }

    static List<PortRules> denies(Rule rule) {
        return List.of(policy("rules", List.of(), rule));
    }

    static List<PortRules> allows(Rule rule) {
        return List.of(policy("rules", List.of(), rule));
    }

    static PortRules policy(String name, List<Integer> ports, Rule rule) {
        return new PortRules(new ObjectName("shop", name), new TreeSet<>(ports), List.of(rule));
    }

    static Rule rule(String name, Operation to) {
        return new Rule(name, List.of(), List.of(to));
    }

    static Rule rule(String name, List<Source> from, Operation... to) {
        return new Rule(name, from, List.of(to));
    }

    static Operation to(List<StringMatch> paths) {
        return new Operation(List.of(), List.of(), paths);
    }

    static List<StringMatch> paths(StringMatch path) {
        return List.of(path);
    }

    static Source accounts(String namespace, String name) {
        return new Source(List.of(new ObjectName(namespace, name)), List.of(), List.of());
    }

    static Source namespaces(String namespace) {
        return new Source(List.of(), List.of(namespace), List.of());
    }

    static Source blocks(String... blocks) {
        return new Source(List.of(), List.of(), List.of(blocks));
    }
}
