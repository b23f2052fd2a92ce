// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.snapshot;

import java.util.List;
import java.util.stream.Stream;

/** An AuthorizationPolicy as its author wrote it. No rules in {@code ALLOW} allow nobody. */
public record AuthorizationPolicy(Meta meta, List<Target> targets, Action action, List<Rule> rules)
        implements SnapshotObject {
    public AuthorizationPolicy {
        targets = List.copyOf(targets);
        rules = List.copyOf(rules);
    }

    /** What a policy protects, always in its own namespace. */
    public sealed interface Target {
        record ServiceTarget(String name) implements Target {}

        /** An empty selector targets every pod of the namespace. */
        record PodTarget(LabelSelector selector) implements Target {}
    }

    public enum Action {
        ALLOW,
        DENY
    }

    /** A rule matches when one of {@code from} (or none is given) and one of {@code to} (or none is given) match. */
    public record Rule(String name, List<Source> from, List<Operation> to) {
        public Rule {
            from = List.copyOf(from);
            to = List.copyOf(to);
        }
    }

    /** One caller: all given fields must match; values of one field are alternatives. */
    public record Source(List<ObjectName> serviceAccounts, List<String> namespaces, List<String> ipBlocks) {
        public Source {
            serviceAccounts = List.copyOf(serviceAccounts);
            namespaces = List.copyOf(namespaces);
            ipBlocks = List.copyOf(ipBlocks);
        }
    }

    /**
     * One operation: all given fields must match; values of one field are alternatives.
     *
     * @param ports of the Service for a Service target, of the pod for a pod target
     */
    public record Operation(List<Integer> ports, List<String> methods, List<StringMatch> paths) {
        public Operation {
            ports = List.copyOf(ports);
            methods = List.copyOf(methods);
            paths = List.copyOf(paths);
        }
    }

    /** The Services that it names. */
    public List<ObjectName> services() {
        return targets.stream()
                .flatMap(target -> switch (target) {
                    case Target.ServiceTarget(var name) ->
                        Stream.of(new ObjectName(meta.name().namespace(), name));
                    case Target.PodTarget _ -> Stream.<ObjectName>of();
                })
                .toList();
    }

    /** Whether one of its targets selects pods. */
    public boolean selectsPods() {
        return targets.stream().anyMatch(Target.PodTarget.class::isInstance);
    }

    @Override
    public ObjectRef ref() {
        return new ObjectRef(Kind.AUTHORIZATION_POLICY, meta.name());
    }
}
