// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import static dev.selvedge.compiler.model.AppProtocol.DETECTED;
import static dev.selvedge.compiler.model.AppProtocol.HTTP;
import static dev.selvedge.compiler.model.AppProtocol.OPAQUE;

import dev.selvedge.compiler.model.AppProtocol;
import dev.selvedge.compiler.snapshot.Service;
import dev.selvedge.compiler.snapshot.TrafficPolicy.Protocol;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a Service's port speaks. The first that says something decides: a TrafficPolicy, {@code appProtocol}, the prefix of
 * the port's name ({@code http-api}), and last the number, for protocols in which the server speaks first: there, waiting
 * for the client's first bytes would only delay.
 */
public final class AppProtocols {
    private static final Map<String, AppProtocol> NAMES = Map.ofEntries(
            Map.entry("http", HTTP),
            Map.entry("http2", HTTP),
            Map.entry("h2c", HTTP),
            Map.entry("grpc", HTTP),
            Map.entry("ws", HTTP),
            Map.entry("kubernetes.io/h2c", HTTP),
            Map.entry("kubernetes.io/ws", HTTP),
            // TLS of the application's own passes through.
            Map.entry("https", OPAQUE),
            Map.entry("tls", OPAQUE),
            Map.entry("wss", OPAQUE),
            Map.entry("kubernetes.io/wss", OPAQUE),
            Map.entry("tcp", OPAQUE),
            Map.entry("mysql", OPAQUE),
            Map.entry("postgres", OPAQUE),
            Map.entry("postgresql", OPAQUE),
            Map.entry("redis", OPAQUE),
            Map.entry("mongo", OPAQUE),
            Map.entry("mongodb", OPAQUE),
            Map.entry("amqp", OPAQUE),
            Map.entry("kafka", OPAQUE),
            Map.entry("smtp", OPAQUE),
            Map.entry("ldap", OPAQUE));

    /** FTP, SSH, SMTP, POP3, IMAP, SMTP submission, MySQL. */
    private static final Set<Integer> SERVER_SPEAKS_FIRST = Set.of(21, 22, 25, 110, 143, 587, 3306);

    private AppProtocols() {}

    /** @param declared what a TrafficPolicy says of the port */
    public static AppProtocol of(Service.Port port, Optional<Protocol> declared) {
        return declared.map(AppProtocols::of)
                .or(() -> port.appProtocol().flatMap(AppProtocols::named))
                .or(() -> named(prefix(port.name())))
                .orElse(SERVER_SPEAKS_FIRST.contains(port.port()) ? OPAQUE : DETECTED);
    }

    /** Which field of the port decides, when no policy does; empty when none says anything. */
    static Optional<String> field(Service.Port port) {
        return port.appProtocol()
                .flatMap(AppProtocols::named)
                .map(_ -> "appProtocol")
                .or(() -> named(prefix(port.name())).map(_ -> "name"))
                .or(() -> Optional.of("port").filter(_ -> SERVER_SPEAKS_FIRST.contains(port.port())));
    }

    private static AppProtocol of(Protocol declared) {
        return switch (declared) {
            case HTTP, HTTP2, GRPC -> HTTP;
            case TCP, TLS -> OPAQUE;
        };
    }

    private static Optional<AppProtocol> named(String name) {
        return Optional.ofNullable(NAMES.get(name.toLowerCase(Locale.ROOT)));
    }

    private static String prefix(String portName) {
        var dash = portName.indexOf('-');
        return dash < 0 ? portName : portName.substring(0, dash);
    }
}
