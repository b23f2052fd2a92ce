// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What an {@link AuthorizationPolicy} declares. */
@ApiObject
public record AuthorizationPolicySpec(List<TargetRef> targetRefs, Action action, List<Rule> rules) {
    public AuthorizationPolicySpec {
        targetRefs = targetRefs == null ? List.of() : List.copyOf(targetRefs);
        rules = rules == null ? List.of() : List.copyOf(rules);
    }

    /**
     * What the policy protects, in its own namespace.
     *
     * @param name given exactly for a Service
     * @param selector given exactly for {@code Pod}; an empty one means every pod of the namespace
     */
    @ApiObject
    public record TargetRef(
            Kind kind, @Nullable String name, @Nullable LabelSelector selector) {
        public enum Kind {
            @JsonProperty("Service")
            SERVICE,
            @JsonProperty("Pod")
            POD
        }
    }

    /** What happens to a call that a rule matches. */
    public enum Action {
        @JsonProperty("Allow")
        ALLOW,
        @JsonProperty("Deny")
        DENY
    }

    /** Matches when one of {@code from} (or none is given) and one of {@code to} (or none is given) match. */
    @ApiObject
    public record Rule(String name, List<Source> from, List<Operation> to) {
        public Rule {
            from = from == null ? List.of() : List.copyOf(from);
            to = to == null ? List.of() : List.copyOf(to);
        }
    }

    /** One caller: all given fields must match; values of one field are alternatives. */
    @ApiObject
    public record Source(List<ServiceAccountRef> serviceAccounts, List<String> namespaces, List<String> ipBlocks) {
        public Source {
            serviceAccounts = serviceAccounts == null ? List.of() : List.copyOf(serviceAccounts);
            namespaces = namespaces == null ? List.of() : List.copyOf(namespaces);
            ipBlocks = ipBlocks == null ? List.of() : List.copyOf(ipBlocks);
        }
    }

    /** @param namespace null means the namespace of the policy */
    @ApiObject
    public record ServiceAccountRef(@Nullable String namespace, String name) {}

    /** One operation: all given fields must match; values of one field are alternatives. */
    @ApiObject
    public record Operation(List<Integer> ports, List<String> methods, List<PathMatch> paths) {
        public Operation {
            ports = ports == null ? List.of() : List.copyOf(ports);
            methods = methods == null ? List.of() : List.copyOf(methods);
            paths = paths == null ? List.of() : List.copyOf(paths);
        }
    }
}
