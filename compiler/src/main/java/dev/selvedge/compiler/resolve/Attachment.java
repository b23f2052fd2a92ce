// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import dev.selvedge.compiler.diagnostic.Condition.Reason;
import dev.selvedge.compiler.snapshot.Gateway;
import dev.selvedge.compiler.snapshot.Gateway.AllowedNamespaces;
import dev.selvedge.compiler.snapshot.Gateway.Listener;
import dev.selvedge.compiler.snapshot.HttpRoute;
import dev.selvedge.compiler.snapshot.HttpRoute.Parent.ToGateway;
import dev.selvedge.compiler.snapshot.Reads;
import java.util.List;
import java.util.function.Predicate;

/** What becomes of a route at one of its parents. */
sealed interface Attachment {
    /** It serves at these listeners, at least one. */
    record Attached(List<Binding> bindings) implements Attachment {
        public Attached {
            bindings = List.copyOf(bindings);
        }
    }

    /** It serves nowhere. */
    record Refused(Reason reason, String message) implements Attachment {}

    /** @param hostnames what the hosts of the listener and of the route have in common, never empty */
    record Binding(Listener listener, List<String> hostnames) {
        public Binding {
            hostnames = List.copyOf(hostnames);
        }
    }

    static Attachment of(Reads reads, Gateway gateway, HttpRoute route, ToGateway parent) {
        var named = keep(Listeners.served(gateway), listener -> names(parent, listener));
        if (named.isEmpty()) {
            return new Refused(
                    Reason.NO_MATCHING_PARENT,
                    "no listener is served under the sectionName and port that the route names");
        }
        var allowing = keep(named, listener -> allows(reads, gateway, listener, route));
        if (allowing.isEmpty()) {
            return new Refused(
                    Reason.NOT_ALLOWED_BY_LISTENERS,
                    "no listener allows " + route.kindName() + "s from namespace "
                            + route.meta().name().namespace() + "; see allowedRoutes of its listeners");
        }
        var bindings = allowing.stream()
                .map(listener -> new Binding(listener, hostnames(listener, route)))
                .filter(binding -> !binding.hostnames().isEmpty())
                .toList();
        return bindings.isEmpty()
                ? new Refused(
                        Reason.NO_MATCHING_LISTENER_HOSTNAME,
                        "none of the route's hostnames is one of a listener that it may attach to")
                : new Attached(bindings);
    }

    /** Whether a parent of a route attaches it to a listener, be that served or not. */
    static boolean isAt(Reads reads, Gateway gateway, Listener listener, HttpRoute route, ToGateway parent) {
        return parent.name().equals(gateway.meta().name())
                && names(parent, listener)
                && allows(reads, gateway, listener, route)
                && !hostnames(listener, route).isEmpty();
    }

    private static boolean names(ToGateway parent, Listener listener) {
        return parent.sectionName().stream().allMatch(listener.name()::equals)
                && parent.port().stream().allMatch(port -> port == listener.port());
    }

    private static boolean allows(Reads reads, Gateway gateway, Listener listener, HttpRoute route) {
        return Listeners.kinds(listener).contains(route.groupKind())
                && allowsNamespace(reads, gateway, listener, route);
    }

    private static boolean allowsNamespace(Reads reads, Gateway gateway, Listener listener, HttpRoute route) {
        var namespace = route.meta().name().namespace();
        return switch (listener.allowedNamespaces()) {
            case AllowedNamespaces.All() -> true;
            case AllowedNamespaces.Same() ->
                namespace.equals(gateway.meta().name().namespace());
            case AllowedNamespaces.Matching(var selector) ->
                reads.namespace(namespace)
                        .filter(found -> selector.matches(found.labels()))
                        .isPresent();
        };
    }

    private static List<String> hostnames(Listener listener, HttpRoute route) {
        var own = Listeners.hostname(listener);
        return route.hostnames().isEmpty()
                ? List.of(own)
                : route.hostnames().stream()
                        .flatMap(hostname -> Hostnames.intersection(own, hostname).stream())
                        .distinct()
                        .toList();
    }

    private static List<Listener> keep(List<Listener> listeners, Predicate<Listener> condition) {
        return listeners.stream().filter(condition).toList();
    }
}
