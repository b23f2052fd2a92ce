// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import dev.selvedge.compiler.model.ProxyPorts;
import dev.selvedge.compiler.snapshot.Gateway;
import dev.selvedge.compiler.snapshot.Gateway.Listener;
import java.util.List;
import java.util.Optional;

/** Which listeners of a Gateway are served. */
final class Listeners {
    private Listeners() {}

    static List<Listener> served(Gateway gateway) {
        return gateway.listeners().stream()
                .filter(listener -> objection(gateway, listener).isEmpty())
                .toList();
    }

    /** Why a listener is not served. */
    static Optional<String> objection(Gateway gateway, Listener listener) {
        if (!listener.protocol().equals("HTTP")) {
            return Optional.of("protocol " + listener.protocol() + " is not supported yet, use HTTP");
        }
        if (ProxyPorts.isReserved(listener.port())) {
            return Optional.of("port " + listener.port() + " belongs to the proxy, use one outside 15000 to 15199");
        }
        return gateway.listeners().stream()
                .takeWhile(earlier -> earlier != listener)
                .filter(earlier -> earlier.protocol().equals("HTTP")
                        && earlier.port() == listener.port()
                        && earlier.hostname().equals(listener.hostname()))
                .findFirst()
                .map(earlier -> "listener " + earlier.name() + " has the same port and hostname");
    }

    /** The hosts of a listener. */
    static String hostname(Listener listener) {
        return listener.hostname().orElse(Hostnames.ANY);
    }
}
