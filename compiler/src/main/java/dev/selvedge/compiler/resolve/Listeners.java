// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import static java.util.function.Predicate.not;

import dev.selvedge.compiler.diagnostic.Condition.Reason;
import dev.selvedge.compiler.model.ProxyPorts;
import dev.selvedge.compiler.snapshot.Gateway;
import dev.selvedge.compiler.snapshot.Gateway.Listener;
import java.util.List;
import java.util.Optional;

/** Which listeners of a Gateway are served, and to which routes they are open. */
final class Listeners {
    private static final String HTTP = "HTTP";
    private static final List<String> HTTP_ROUTES =
            List.of("gateway.networking.k8s.io/HTTPRoute", "gateway.networking.k8s.io/GRPCRoute");

    /** Why a listener is not served. */
    record Objection(Reason reason, String message) {}

    private Listeners() {}

    static List<Listener> served(Gateway gateway) {
        return gateway.listeners().stream()
                .filter(listener -> objection(gateway, listener).isEmpty())
                .toList();
    }

    /** Why a listener is not served. */
    static Optional<Objection> objection(Gateway gateway, Listener listener) {
        if (!listener.protocol().equals(HTTP)) {
            return Optional.of(new Objection(
                    Reason.UNSUPPORTED_PROTOCOL,
                    "protocol " + listener.protocol() + " is not supported yet, use HTTP"));
        }
        if (ProxyPorts.isReserved(listener.port())) {
            return Optional.of(new Objection(
                    Reason.PORT_UNAVAILABLE,
                    "port " + listener.port() + " belongs to the proxy, use one outside 15000 to 15199"));
        }
        return gateway.listeners().stream()
                .takeWhile(earlier -> earlier != listener)
                .filter(earlier -> earlier.protocol().equals(HTTP)
                        && earlier.port() == listener.port()
                        && earlier.hostname().equals(listener.hostname()))
                .findFirst()
                .map(earlier -> new Objection(
                        Reason.HOSTNAME_CONFLICT, "listener " + earlier.name() + " has the same port and hostname"));
    }

    /** The kinds of routes that may attach to a listener, as {@code group/Kind}. */
    static List<String> kinds(Listener listener) {
        if (!listener.protocol().equals(HTTP)) {
            return List.of();
        }
        return listener.kinds().isEmpty()
                ? HTTP_ROUTES
                : HTTP_ROUTES.stream().filter(listener.kinds()::contains).toList();
    }

    /** The kinds that a listener names and cannot have. */
    static List<String> invalidKinds(Listener listener) {
        return listener.kinds().stream()
                .filter(not(kinds(listener)::contains))
                .distinct()
                .toList();
    }

    /** The hosts of a listener. */
    static String hostname(Listener listener) {
        return listener.hostname().orElse(Hostnames.ANY);
    }
}
