// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy.fault;

import dev.selvedge.compiler.policy.Findings;
import dev.selvedge.compiler.policy.MatchRules;
import dev.selvedge.compiler.snapshot.Fault;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What is wrong with faults by themselves. */
public final class FaultRules {
    private static final Duration SHORTEST = Duration.ofMillis(1);
    private static final Duration LONGEST = Duration.ofHours(1);

    private static final int MAX_BANDWIDTH = 1_000_000_000;

    private FaultRules() {}

    public static void check(Findings findings, String field, List<Fault> faults) {
        findings.unique(field, faults, Fault::name, "name");
        for (int i = 0; i < faults.size(); i++) {
            check(findings, field + "[" + i + "]", faults.get(i));
        }
    }

    private static void check(Findings findings, String field, Fault fault) {
        findings.ports(field + ".ports", fault.ports());
        for (int i = 0; i < fault.from().size(); i++) {
            var source = fault.from().get(i);
            if (source.serviceAccounts().isEmpty() && source.namespaces().isEmpty()) {
                findings.add(
                        field + ".from[" + i + "]",
                        "",
                        "an empty caller would match everybody",
                        "give serviceAccounts or namespaces, or leave from out");
            }
        }
        for (int i = 0; i < fault.matches().size(); i++) {
            var at = field + ".matches[" + i + "]";
            MatchRules.match(findings, at, fault.matches().get(i));
            if (fault.matches().get(i).source().isPresent()) {
                findings.add(
                        at + ".source",
                        "",
                        "the server's proxy does not know the labels of a caller",
                        "use from, which is proven by the caller's certificate");
            }
        }
        if (fault.delay().isEmpty()
                && fault.abort().isEmpty()
                && fault.bandwidth().isEmpty()) {
            findings.add(field, fault.name(), "does nothing", "give delay, abort or bandwidth");
        }
        fault.delay().ifPresent(delay -> {
            if (delay.duration().compareTo(SHORTEST) < 0 || delay.duration().compareTo(LONGEST) > 0) {
                findings.add(
                        field + ".delay.duration",
                        delay.duration(),
                        "is not a delay",
                        "give a duration from 1ms to 1h");
            }
            percent(findings, field + ".delay.percent", delay.percent());
        });
        fault.abort().ifPresent(abort -> {
            switch (abort.status()) {
                case Fault.Status.Http(var code) ->
                    findings.range(field + ".abort.httpStatus", Optional.of(code), 200, 599);
                case Fault.Status.Grpc(var code) ->
                    findings.range(field + ".abort.grpcStatus", Optional.of(code), 1, 16);
            }
            percent(findings, field + ".abort.percent", abort.percent());
        });
        fault.bandwidth().ifPresent(bandwidth -> {
            findings.range(field + ".bandwidth.kibPerSecond", Optional.of(bandwidth.kibPerSecond()), 1, MAX_BANDWIDTH);
            percent(findings, field + ".bandwidth.percent", bandwidth.percent());
        });
    }

    private static void percent(Findings findings, String field, int percent) {
        findings.range(field, Optional.of(percent), 0, 100);
    }
}
