// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What an {@link AuthorizationPolicy} declares. */
@ApiObject
@ValidationRule(
        value = "self.targetRefs.all(a, !has(a.name)"
                + " || self.targetRefs.exists_one(b, has(b.name) && b.name == a.name))",
        fieldPath = ".targetRefs",
        message = "must not name the same target twice")
@ValidationRule(
        value = "self.action == 'Allow' || (has(self.rules) && self.rules.size() > 0)",
        fieldPath = ".rules",
        message = "a Deny policy without rules denies nothing; to deny everything write one rule with a name only")
@ValidationRule(
        value = "!has(self.rules) || self.rules.all(a, self.rules.exists_one(b, b.name == a.name))",
        fieldPath = ".rules",
        message = "must not use the same name twice")
public record AuthorizationPolicySpec(
        @Required
        @Size(min = 1, max = 16)
        @JsonPropertyDescription("What the policy protects, 1 to 16, in the policy's own namespace."
                + " Enforced at the proxies of these pods.")
        List<TargetRef> targetRefs,

        @Required
        @JsonPropertyDescription(
                "Allow: calls that a rule matches are allowed, and other calls to the target are denied"
                        + " unless another Allow policy allows them. Deny: calls that a rule matches are denied, whatever"
                        + " else allows them. Deny is decided before Allow.")
        Action action,

        @Size(max = 32)
        @JsonPropertyDescription("The calls that the action applies to: those that match one of the rules, at most 32."
                + " Without rules an Allow policy allows nobody; Deny needs at least one.")
        List<Rule> rules) {
    static final String DNS_SUBDOMAIN = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";

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
    @ValidationRule(
            value = "self.kind == 'Service' ? has(self.name) && !has(self.selector)"
                    + " : has(self.selector) && !has(self.name)",
            message = "kind Service takes a name, kind Pod a selector ({} for every pod of the namespace)")
    public record TargetRef(
            @Required
            @JsonPropertyDescription("Service: the ports of a Service, on all of its pods."
                    + " Pod: the pods that selector chooses, on every port.")
            Kind kind,

            @Pattern(TrafficPolicySpec.DNS_LABEL)
            @Size(min = 1, max = 63)
            @JsonPropertyDescription("Name of the Service. Given with kind Service only.")
            @Nullable
            String name,

            @JsonPropertyDescription("Which pods; {} for every pod of the namespace. Given with kind Pod only.")
            @Nullable
            LabelSelector selector) {
        /** What can be protected. */
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
    public record Rule(
            @Required
            @Pattern(TrafficPolicySpec.DNS_LABEL)
            @Size(min = 1, max = 63)
            @JsonPropertyDescription("Name of the rule, unique in the policy; the answer to a denied call names it.")
            String name,

            @Size(min = 1, max = 32)
            @JsonPropertyDescription("Callers, as alternatives, at most 32. Default: any caller.")
            List<Source> from,

            @Size(min = 1, max = 16)
            @JsonPropertyDescription("Operations, as alternatives, at most 16. Default: any operation.")
            List<Operation> to) {
        public Rule {
            from = from == null ? List.of() : List.copyOf(from);
            to = to == null ? List.of() : List.copyOf(to);
        }
    }

    /** One caller: all given fields must match; values of one field are alternatives. */
    @ApiObject
    @ValidationRule(
            value = "has(self.serviceAccounts) || has(self.namespaces) || has(self.ipBlocks)",
            message = "an empty caller would match everybody; give serviceAccounts, namespaces or ipBlocks,"
                    + " or leave from out")
    @ValidationRule(
            value = "!has(self.ipBlocks) || self.ipBlocks.all(b, isCIDR(b) && cidr(b) == cidr(b).masked())",
            fieldPath = ".ipBlocks",
            message = "each entry must be a range in CIDR form without host bits, such as 10.1.0.0/16 or 10.1.2.3/32")
    public record Source(
            @Size(min = 1, max = 32)
            @JsonPropertyDescription("The caller's service account, proven by its certificate, as alternatives,"
                    + " at most 32. Default: any.")
            List<ServiceAccountRef> serviceAccounts,

            @Size(min = 1, max = 32)
            @JsonPropertyDescription("The caller's namespace, proven by its certificate, as alternatives, at most 32."
                    + " Default: any.")
            List<@Pattern(TrafficPolicySpec.DNS_LABEL) @Size(min = 1, max = 63) String> namespaces,

            @Size(min = 1, max = 32)
            @JsonPropertyDescription("The address of the other end of the connection, as CIDR, as alternatives, at most"
                    + " 32. Default: any.")
            List<@Size(max = 43) String> ipBlocks) {
        public Source {
            serviceAccounts = serviceAccounts == null ? List.of() : List.copyOf(serviceAccounts);
            namespaces = namespaces == null ? List.of() : List.copyOf(namespaces);
            ipBlocks = ipBlocks == null ? List.of() : List.copyOf(ipBlocks);
        }
    }

    /** @param namespace null means the namespace of the policy */
    @ApiObject
    public record ServiceAccountRef(
            @Pattern(TrafficPolicySpec.DNS_LABEL)
            @Size(min = 1, max = 63)
            @JsonPropertyDescription("Namespace of the service account. Default: the policy's own.")
            @Nullable
            String namespace,

            @Required
            @Pattern(DNS_SUBDOMAIN)
            @Size(min = 1, max = 253)
            @JsonPropertyDescription("Name of the service account.")
            String name) {}

    /** One operation: all given fields must match; values of one field are alternatives. */
    @ApiObject
    @ValidationRule(
            value = "has(self.ports) || has(self.methods) || has(self.paths)",
            message = "an empty operation would match everything; give ports, methods or paths, or leave to out")
    public record Operation(
            @Size(min = 1, max = 32)
            @JsonPropertyDescription(
                    "Ports, 1 to 65535, as alternatives, at most 32: of the Service for a Service target,"
                            + " of the pod for a Pod target. Default: any.")
            List<@Min(1) @Max(65535) Integer> ports,

            @Size(min = 1, max = 32)
            @JsonPropertyDescription("HTTP methods in capitals, as alternatives, at most 32. Default: any.")
            List<@Pattern(TrafficPolicySpec.METHOD) @Size(max = 32) String> methods,

            @Size(min = 1, max = 16)
            @JsonPropertyDescription("Paths of HTTP requests, as alternatives, at most 16. Default: any.")
            List<PathMatch> paths) {
        public Operation {
            ports = ports == null ? List.of() : List.copyOf(ports);
            methods = methods == null ? List.of() : List.copyOf(methods);
            paths = paths == null ? List.of() : List.copyOf(paths);
        }
    }
}
