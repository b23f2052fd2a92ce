// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy.loadbalancing;

import dev.selvedge.compiler.policy.Findings;
import dev.selvedge.compiler.snapshot.LoadBalancing;
import dev.selvedge.compiler.snapshot.LoadBalancing.Algorithm;
import dev.selvedge.compiler.snapshot.LoadBalancing.HashKey;
import dev.selvedge.compiler.snapshot.LoadBalancing.Locality;
import java.util.Optional;

/** What a policy can get wrong about the choice of endpoints. */
public final class LoadBalancingRules {
    private LoadBalancingRules() {}

    public static void check(Findings findings, String field, LoadBalancing wanted) {
        boolean consistent = wanted.algorithm().filter(Algorithm::isConsistent).isPresent();
        if (consistent && wanted.hash().isEmpty()) {
            findings.add(
                    field + ".hash",
                    "",
                    "RingHash and Maglev need something to hash",
                    "name a header, cookie, query" + " parameter or Source");
        }
        if (!consistent && !wanted.hash().isEmpty()) {
            findings.add(
                    field + ".hash",
                    wanted.hash().size() + " keys",
                    "no algorithm but RingHash and Maglev uses a hash",
                    "choose one of them or remove hash");
        }
        for (int i = 0; i < wanted.hash().size(); i++) {
            key(findings, field + ".hash[" + i + "]", wanted.hash().get(i));
        }
        findings.notNegative(field + ".warmup", wanted.warmup());
        wanted.locality().ifPresent(locality -> locality(findings, field + ".locality", locality));
        findings.range(field + ".panicPercent", wanted.panicPercent(), 0, 100);
    }

    private static void locality(Findings findings, String field, Locality locality) {
        if (!locality.failover().isEmpty() && locality.mode() != Locality.Mode.PREFER_ZONE) {
            findings.add(
                    field + ".failover", locality.failover().size() + " zones", "belongs to PreferZone", "remove it");
        }
        if (locality.weights().isEmpty() == (locality.mode() == Locality.Mode.WEIGHTED)) {
            findings.add(
                    field + ".weights",
                    locality.weights().size() + " zones",
                    "belongs to Weighted, and only there",
                    "give it with mode Weighted, or remove it");
        }
        findings.unique(field + ".failover", locality.failover(), zone -> zone, "zone");
        findings.unique(field + ".weights", locality.weights(), Locality.Weights::from, "zone");
        for (int i = 0; i < locality.weights().size(); i++) {
            var to = locality.weights().get(i).to();
            var weights = field + ".weights[" + i + "].to";
            to.forEach((zone, weight) -> findings.range(weights + "[" + zone + "]", Optional.of(weight), 0, 1_000_000));
            if (to.values().stream().allMatch(weight -> weight == 0)) {
                findings.add(weights, to.size() + " zones", "the weights add up to 0", "give a zone a weight");
            }
        }
    }

    private static void key(Findings findings, String field, HashKey key) {
        boolean named = key.type() != HashKey.Type.SOURCE;
        if (named != key.name().filter(name -> !name.isEmpty()).isPresent()) {
            findings.add(
                    field + ".name",
                    key.name().orElse(""),
                    named ? "a header, cookie or query parameter has a name" : "the source has no name",
                    named ? "give the name" : "remove the name");
        }
        if (key.ttl().isPresent() && key.type() != HashKey.Type.COOKIE) {
            findings.add(field + ".ttl", key.ttl().get(), "only a cookie is given out", "remove ttl");
        }
        findings.notNegative(field + ".ttl", key.ttl());
    }
}
