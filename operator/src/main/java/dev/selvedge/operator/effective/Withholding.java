// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.effective;

import dev.selvedge.operator.effective.Access.Right;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Leaves out of an answer what is decided by objects that the reader may not get: whoever asks for a Service of one
 * namespace must not learn by it what is in another. Everything in an answer stands beside the reference to what decides
 * it, and goes with it.
 */
final class Withholding {
    /** @param plural as RBAC names it */
    private record Resource(String group, String plural) {}

    private static final Map<String, Resource> RESOURCES = Map.of(
            "TrafficPolicy", new Resource("selvedge.dev", "trafficpolicies"),
            "AuthorizationPolicy", new Resource("selvedge.dev", "authorizationpolicies"),
            "HTTPRoute", new Resource("gateway.networking.k8s.io", "httproutes"),
            "GRPCRoute", new Resource("gateway.networking.k8s.io", "grpcroutes"));

    /** What everybody may know who may ask: what holds in the mesh, and the Service that was asked for. */
    private static final Set<String> OPEN = Set.of("Mesh", "Service", "Default");

    private static final String AUTHORIZATION = "authorization";

    private final String namespace;
    private final Predicate<Right> visible;
    private final Set<Map<String, String>> withheld = new LinkedHashSet<>();

    /** @param namespace that was asked for */
    private Withholding(String namespace, Predicate<Right> visible) {
        this.namespace = namespace;
        this.visible = visible;
    }

    /** The rights that are needed to see all of an answer. */
    static Set<Right> rights(Object tree) {
        var rights = new LinkedHashSet<Right>();
        collect(tree, rights);
        return rights;
    }

    private static void collect(Object tree, Set<Right> rights) {
        if (tree instanceof Map<?, ?> map) {
            right(map).ifPresent(rights::add);
            map.values().forEach(value -> collect(value, rights));
        } else if (tree instanceof List<?> list) {
            list.forEach(value -> collect(value, rights));
        }
    }

    /** The answer without what needs a right that the reader has not, and with the word that something is missing. */
    static Map<String, Object> apply(Map<?, ?> tree, String namespace, Predicate<Right> visible) {
        var withholding = new Withholding(namespace, visible);
        var rest = withholding.map(tree);
        if (withholding.withheld.stream().anyMatch(each -> "AuthorizationPolicy".equals(each.get("kind")))) {
            // Half of the rules would be read as if there were no more.
            rest.remove(AUTHORIZATION);
        }
        if (!withholding.withheld.isEmpty()) {
            rest.put("withheld", List.copyOf(withholding.withheld));
        }
        return rest;
    }

    private Map<String, Object> map(Map<?, ?> map) {
        var rest = new LinkedHashMap<String, Object>();
        map.forEach((key, value) -> of(value).ifPresent(it -> rest.put(key.toString(), it)));
        return rest;
    }

    private Optional<Object> of(Object value) {
        return switch (value) {
            case Map<?, ?> map when isHidden(map) -> Optional.empty();
            case Map<?, ?> map ->
                Optional.of(map(map)).filter(rest -> isWhole(map, rest)).map(Object.class::cast);
            case List<?> list -> {
                var rest = new ArrayList<Object>();
                list.forEach(item -> of(item).ifPresent(rest::add));
                yield Optional.of(rest)
                        .filter(items -> !items.isEmpty() || list.isEmpty())
                        .map(Object.class::cast);
            }
            default -> Optional.of(value);
        };
    }

    /** Nothing stands without what decides it, and no namespace is named for clients of which nothing is shown. */
    private static boolean isWhole(Map<?, ?> before, Map<String, Object> rest) {
        return (rest.containsKey("by") || !before.containsKey("by"))
                && (rest.containsKey("object") || !before.containsKey("object"))
                && (rest.containsKey("routes") || !before.containsKey("routes"));
    }

    private boolean isHidden(Map<?, ?> map) {
        if (!isReference(map) || OPEN.contains(map.get("kind"))) {
            return false;
        }
        var hidden = right(map).filter(visible).isEmpty();
        if (hidden) {
            var missing = new LinkedHashMap<String, String>();
            missing.put("kind", String.valueOf(map.get("kind")));
            if (namespace.equals(map.get("namespace"))) {
                missing.put("namespace", namespace);
            }
            withheld.add(missing);
        }
        return hidden;
    }

    private static boolean isReference(Map<?, ?> map) {
        return map.containsKey("kind") && map.containsKey("name") && map.containsKey("field");
    }

    private static Optional<Right> right(Map<?, ?> map) {
        return isReference(map) && map.get("kind") instanceof String kind && map.get("namespace") instanceof String in
                ? Optional.ofNullable(RESOURCES.get(kind))
                        .map(resource -> new Right(resource.group(), resource.plural(), in))
                : Optional.empty();
    }
}
