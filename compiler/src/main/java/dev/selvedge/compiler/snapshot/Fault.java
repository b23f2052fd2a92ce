// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.snapshot;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What is done to requests to try how callers bear it. The first fault that selects a request is done to it.
 *
 * @param name unique in the policy
 * @param ports of the Service; empty means all that speak HTTP
 * @param from callers, as alternatives; empty means every one
 * @param matches requests, as alternatives; empty means every one
 * @param expiresAt from when on nothing is done any more
 * @param expired whether that time has come: the compiler has no clock, so whoever ingests says it and says it again
 */
public record Fault(
        String name,
        List<Integer> ports,
        List<Source> from,
        List<TrafficPolicy.Match> matches,
        Optional<Delay> delay,
        Optional<Abort> abort,
        Optional<Bandwidth> bandwidth,
        Optional<Instant> expiresAt,
        boolean expired) {
    public Fault {
        ports = List.copyOf(ports);
        from = List.copyOf(from);
        matches = List.copyOf(matches);
    }

    /** The fault as it is at a time. */
    public Fault at(Instant now) {
        var over = expiresAt.isPresent() && !now.isBefore(expiresAt.get());
        return over == expired ? this : new Fault(name, ports, from, matches, delay, abort, bandwidth, expiresAt, over);
    }

    /** One caller: what is given must match; values of one field are alternatives. */
    public record Source(List<ObjectName> serviceAccounts, List<String> namespaces) {
        public Source {
            serviceAccounts = List.copyOf(serviceAccounts);
            namespaces = List.copyOf(namespaces);
        }
    }

    /** @param percent of the selected requests, 0 to 100; so too below, each drawn for itself */
    public record Delay(Duration duration, int percent) {}

    public record Abort(Status status, int percent) {}

    /** @param kibPerSecond of the body of each response */
    public record Bandwidth(int kibPerSecond, int percent) {}

    /** What a request is answered with instead of by the application. */
    public sealed interface Status {
        record Http(int code) implements Status {}

        /** @param code 1 to 16, as gRPC numbers its statuses */
        record Grpc(int code) implements Status {}
    }
}
