// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.v1alpha1;

import static java.util.Objects.requireNonNullElse;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What an {@link ExternalService} declares. */
@ApiObject
@ValidationRule(
        value = "!has(self.hosts) || self.hosts.all(a, self.hosts.exists_one(b, b == a))",
        fieldPath = ".hosts",
        message = "must not name the same host twice")
@ValidationRule(
        value = "!has(self.hosts) || self.hosts.all(h, !h.matches('[.][0-9]+$'))",
        fieldPath = ".hosts",
        message = "must not be addresses; they belong to spec.addresses")
@ValidationRule(
        value = "!has(self.hosts) || !self.hosts.exists(h, h.startsWith('*'))"
                + " || self.ports.all(p, p.protocol != 'HTTP')",
        fieldPath = ".hosts",
        message = "must not have a wildcard where a port has protocol HTTP; list the hosts, or use an ExternalService"
                + " of its own for the TLS ports")
@ValidationRule(
        value = "has(self.hosts) == self.ports.exists(p, p.protocol != 'TCP')",
        fieldPath = ".hosts",
        message = "must be given exactly when a port has protocol TLS or HTTP: TCP does not say which host is called")
@ValidationRule(
        value = "!has(self.addresses) || self.addresses.all(a, isCIDR(a) && cidr(a) == cidr(a).masked())",
        fieldPath = ".addresses",
        message = "each entry must be a range in CIDR form without host bits, such as 203.0.113.0/24 or 203.0.113.7/32")
@ValidationRule(
        value = "!has(self.addresses) || self.addresses.all(a, self.addresses.exists_one(b, b == a))",
        fieldPath = ".addresses",
        message = "must not name the same range twice")
@ValidationRule(
        value = "has(self.addresses) || self.ports.all(p, p.protocol != 'TCP')",
        fieldPath = ".addresses",
        message = "must be given where a port has protocol TCP")
@ValidationRule(
        value = "!has(self.addresses) || self.ports.exists(p, p.protocol != 'HTTP')",
        fieldPath = ".addresses",
        message = "are not used where every port has protocol HTTP; leave them out, or give a port with TCP or TLS")
@ValidationRule(
        value = "self.ports.all(a, self.ports.exists_one(b, b.port == a.port))",
        fieldPath = ".ports",
        message = "must not name the same port twice")
public record ExternalServiceSpec(
        @Size(min = 1, max = 64)
        @JsonPropertyDescription("DNS names in lower case, 1 to 64, for ports with protocol TLS or HTTP. *.example.com"
                + " stands for every name below example.com, for TLS alone. The proxy resolves the name itself, so that a"
                + " client that claims the name reaches this host and no other. Looked for on connections to addresses"
                + " outside of the cluster's private ranges, and to spec.addresses for TLS. Enforced at the client's"
                + " proxy.")
        List<@Pattern(HOST) @Size(max = 253) String> hosts,

        @Size(min = 1, max = 64)
        @JsonPropertyDescription("Ranges in CIDR form without host bits, 1 to 64. With protocol TCP: the addresses that"
                + " are called. With TLS: private addresses at which the hosts are expected, too. Ranges within those of"
                + " Services are not used. Enforced at the client's proxy.")
        List<@Size(max = 43) String> addresses,

        @Required
        @Size(min = 1, max = 16)
        @JsonPropertyDescription("The ports that workloads call, 1 to 16, and what they speak there.")
        List<Port> ports,

        @Default("{}") @JsonPropertyDescription("For whose workloads the object is.")
        VisibleTo visibleTo) {
    /** A name of at least two labels, or a wildcard before one. */
    static final String HOST = "^([*][.])?[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?([.][a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)+$";

    public ExternalServiceSpec {
        hosts = hosts == null ? List.of() : List.copyOf(hosts);
        addresses = addresses == null ? List.of() : List.copyOf(addresses);
        ports = ports == null ? List.of() : List.copyOf(ports);
        visibleTo = requireNonNullElse(visibleTo, VisibleTo.DEFAULT);
    }

    /** A port and what is spoken there. */
    @ApiObject
    @ValidationRule(
            value = "self.port < 15000 || self.port > 15199",
            fieldPath = ".port",
            message = "must not be one of the proxy's own ports, 15000 to 15199")
    @ValidationRule(
            value = "!has(self.tls) || self.protocol == 'HTTP'",
            fieldPath = ".tls",
            message = "is for protocol HTTP alone; with TLS the application encrypts by itself")
    public record Port(
            @Required
            @Min(1)
            @Max(65535)
            @JsonPropertyDescription("The port that workloads call, 1 to 65535, but not 15000 to 15199.")
            int port,

            @Required
            @JsonPropertyDescription(
                    "TLS: the application encrypts, and the server name of its TLS is one of the hosts."
                            + " HTTP: requests in the clear, whose Host header is one of the hosts. TCP: any protocol, by"
                            + " address; the server may speak first.")
            Protocol protocol,

            @JsonPropertyDescription(
                    "The proxy adds TLS to the requests of a port with protocol HTTP. Default: it does" + " not.")
            @Nullable
            Tls tls) {
        /** What is spoken. */
        public enum Protocol {
            @JsonProperty("TLS")
            TLS,
            @JsonProperty("HTTP")
            HTTP,
            @JsonProperty("TCP")
            TCP
        }
    }

    /** TLS that the proxy adds. */
    @ApiObject
    public record Tls(
            @Required
            @JsonPropertyDescription("Originate: the proxy calls the host with TLS 1.2 or 1.3 and checks that its"
                    + " certificate is for the host's name, by one of the public authorities of the proxy's image. HTTP/1.1"
                    + " or HTTP/2, as the host chooses.")
            Mode mode,

            @Default("443")
            @Min(1)
            @Max(65535)
            @JsonPropertyDescription("The port of the host that is called with TLS, 1 to 65535. Default: 443.")
            Integer port) {
        public Tls {
            port = requireNonNullElse(port, 443);
        }

        /** Who adds TLS. */
        public enum Mode {
            @JsonProperty("Originate")
            ORIGINATE
        }
    }

    /** For whose workloads the object is. */
    @ApiObject
    @ValidationRule(
            value = "has(self.namespaces) == (self.mode == 'Listed')",
            fieldPath = ".namespaces",
            message = "must be given with mode Listed, and only with it")
    public record VisibleTo(
            @Default("Own")
            @JsonPropertyDescription(
                    "Own: workloads of the object's own namespace. Listed: those of namespaces, too. All:"
                            + " those of every namespace of the mesh. Default: Own.")
            Mode mode,

            @Size(min = 1, max = 64)
            @JsonPropertyDescription("Names of namespaces beside the object's own, 1 to 64; with mode Listed.")
            List<@Pattern(TrafficPolicySpec.DNS_LABEL) @Size(min = 1, max = 63) String> namespaces) {
        static final VisibleTo DEFAULT = new VisibleTo(Mode.OWN, List.of());

        public VisibleTo {
            mode = requireNonNullElse(mode, Mode.OWN);
            namespaces = namespaces == null ? List.of() : List.copyOf(namespaces);
        }

        /** Who may use it. */
        public enum Mode {
            @JsonProperty("Own")
            OWN,
            @JsonProperty("Listed")
            LISTED,
            @JsonProperty("All")
            ALL
        }
    }
}
