// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.snapshot;

import java.util.List;
import java.util.Optional;

/** An HTTPRoute of the Gateway API; only parents of kind Gateway are ingested so far. */
public record HttpRoute(Meta meta, List<Parent> parents, List<String> hostnames, List<Rule> rules)
        implements SnapshotObject {
    /** The kind of a backend that is a Service. */
    public static final String SERVICE = "/Service";

    public HttpRoute {
        parents = List.copyOf(parents);
        hostnames = List.copyOf(hostnames);
        rules = List.copyOf(rules);
    }

    public record Parent(ObjectName gateway, Optional<String> sectionName, Optional<Integer> port) {}

    /**
     * @param unsupported fields of the rule that this version cannot honour (filters …): such a rule answers 500 and
     *     the route says so
     */
    public record Rule(
            List<TrafficPolicy.Match> matches,
            List<Backend> backends,
            Optional<TrafficPolicy.Timeouts> timeouts,
            List<String> unsupported) {
        public Rule {
            matches = List.copyOf(matches);
            backends = List.copyOf(backends);
            unsupported = List.copyOf(unsupported);
        }
    }

    /**
     * @param kind group and kind as {@code group/Kind}; {@code /Service} is the only one understood
     * @param weight 0 to 1,000,000
     */
    public record Backend(String kind, ObjectName name, Optional<Integer> port, int weight) {}

    /** The Gateways that it names. */
    public List<ObjectName> gateways() {
        return parents.stream().map(Parent::gateway).toList();
    }

    /** The Services that it names. */
    public List<ObjectName> services() {
        return rules.stream()
                .flatMap(rule -> rule.backends().stream())
                .filter(backend -> backend.kind().equals(SERVICE))
                .map(Backend::name)
                .toList();
    }

    @Override
    public ObjectRef ref() {
        return new ObjectRef(Kind.HTTP_ROUTE, meta.name());
    }
}
