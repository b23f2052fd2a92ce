// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.ingest;

import static dev.selvedge.reconciler.ingest.Ingest.list;
import static java.util.Objects.requireNonNullElse;

import dev.selvedge.compiler.snapshot.Gateway;
import dev.selvedge.compiler.snapshot.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.AllowedRoutes;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Listener;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Gateways as the compiler reads them. Pure. */
public final class GatewayIngest {
    /** The one class of Gateway that is served. */
    public static final String GATEWAY_CLASS = "selvedge";

    private static final String GROUP = "gateway.networking.k8s.io";

    private GatewayIngest() {}

    /** A Gateway of our class; the others are not ours. */
    public static Optional<Gateway> gateway(io.fabric8.kubernetes.api.model.gatewayapi.v1.Gateway gateway) {
        var spec = gateway.getSpec();
        if (!GATEWAY_CLASS.equals(spec.getGatewayClassName())) {
            return Optional.empty();
        }
        return Optional.of(new Gateway(
                Ingest.meta(gateway),
                list(spec.getListeners()).stream().map(GatewayIngest::listener).toList()));
    }

    private static Gateway.Listener listener(Listener listener) {
        return new Gateway.Listener(
                listener.getName(),
                listener.getPort(),
                listener.getProtocol(),
                given(listener.getHostname()),
                allowedNamespaces(listener.getAllowedRoutes()),
                kinds(listener.getAllowedRoutes()));
    }

    private static List<String> kinds(@Nullable AllowedRoutes allowed) {
        return allowed == null
                ? List.of()
                : list(allowed.getKinds()).stream()
                        .map(kind -> requireNonNullElse(kind.getGroup(), GROUP) + "/" + kind.getKind())
                        .toList();
    }

    private static Gateway.AllowedNamespaces allowedNamespaces(@Nullable AllowedRoutes allowed) {
        var namespaces = allowed == null ? null : allowed.getNamespaces();
        if (namespaces == null) {
            return new Gateway.AllowedNamespaces.Same();
        }
        return switch (requireNonNullElse(namespaces.getFrom(), "Same")) {
            case "All" -> new Gateway.AllowedNamespaces.All();
            case "Selector" -> new Gateway.AllowedNamespaces.Matching(selector(namespaces.getSelector()));
            default -> new Gateway.AllowedNamespaces.Same();
        };
    }

    private static LabelSelector selector(io.fabric8.kubernetes.api.model.@Nullable LabelSelector selector) {
        if (selector == null) {
            return LabelSelector.labels(Map.of());
        }
        return new LabelSelector(
                requireNonNullElse(selector.getMatchLabels(), Map.of()),
                list(selector.getMatchExpressions()).stream()
                        .map(GatewayIngest::requirement)
                        .toList());
    }

    private static LabelSelector.Requirement requirement(LabelSelectorRequirement requirement) {
        return new LabelSelector.Requirement(
                requirement.getKey(),
                switch (requirement.getOperator()) {
                    case "In" -> LabelSelector.Operator.IN;
                    case "NotIn" -> LabelSelector.Operator.NOT_IN;
                    case "Exists" -> LabelSelector.Operator.EXISTS;
                    case "DoesNotExist" -> LabelSelector.Operator.DOES_NOT_EXIST;
                    default -> throw new IllegalArgumentException("operator " + requirement.getOperator());
                },
                list(requirement.getValues()));
    }

    private static Optional<String> given(@Nullable String text) {
        return Optional.ofNullable(text).filter(t -> !t.isEmpty());
    }
}
