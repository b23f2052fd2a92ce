// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.util.List;

/** Who calls whom in a {@link Mesh}, and where the proxies are; the lists are cut, the metrics have all. */
@ApiObject
public record MeshTopology(
        @JsonPropertyDescription("Services of the mesh that have pods.")
        int services,

        @JsonPropertyDescription("Pairs of a service account and a Service that it called within the last hour.")
        int calls,

        @JsonPropertyDescription("Services by namespace and name, those that were called first; at most 20.")
        List<Destination> destinations,

        @JsonPropertyDescription("Services that are left out of destinations.")
        int destinationsLeftOut,

        @JsonPropertyDescription("The zones of the cluster's nodes by name; at most 20.")
        List<Zone> zones,

        @JsonPropertyDescription(
                "Ports of Services, called within the last hour, of which nobody has declared what they speak"
                        + " (no appProtocol, no known prefix of the port's name, no TrafficPolicy), by namespace, name and"
                        + " port; at most 20. The clients' proxies detect it at the first bytes of a connection.")
        List<UndeclaredPort> undeclaredPorts,

        @JsonPropertyDescription("Ports that are left out of undeclaredPorts.")
        int undeclaredPortsLeftOut) {
    public MeshTopology {
        undeclaredPorts = undeclaredPorts == null ? List.of() : List.copyOf(undeclaredPorts);
        destinations = destinations == null ? List.of() : List.copyOf(destinations);
        zones = zones == null ? List.of() : List.copyOf(zones);
    }

    /** A Service and its callers. */
    @ApiObject
    public record Destination(
            @JsonPropertyDescription("The Service, as namespace/name.")
            String service,

            @JsonPropertyDescription(
                    "Who may call it, as the AuthorizationPolicies and the default of the Mesh say. The"
                            + " entry that names a caller most exactly counts. At most 10.")
            List<AllowedCaller> mayCall,

            @JsonPropertyDescription("Entries that are left out of mayCall.")
            int mayCallLeftOut,

            @JsonPropertyDescription(
                    "Service accounts, as namespace/name, whose proxies reported requests or connections"
                            + " to it within the last hour, whether it answered or refused; at most 10.")
            List<String> calledBy,

            @JsonPropertyDescription("Service accounts that are left out of calledBy.")
            int calledByLeftOut) {
        public Destination {
            mayCall = mayCall == null ? List.of() : List.copyOf(mayCall);
            calledBy = calledBy == null ? List.of() : List.copyOf(calledBy);
        }
    }

    /** Who may call, and how much. */
    @ApiObject
    public record AllowedCaller(
            @JsonPropertyDescription(
                    "A service account as namespace/name, namespace/* for the others of a namespace, or *"
                            + " for everybody else in the mesh.")
            String caller,

            @JsonPropertyDescription(
                    "Always, Sometimes (some requests, ports or pods, or from some addresses) or Never.")
            Extent extent) {}

    /** How much of what a Service offers. */
    public enum Extent {
        @JsonProperty("Always")
        ALWAYS,
        @JsonProperty("Sometimes")
        SOMETIMES,
        @JsonProperty("Never")
        NEVER
    }

    /** A port whose protocol is detected. */
    @ApiObject
    public record UndeclaredPort(
            @JsonPropertyDescription("The Service, as namespace/name.")
            String service,

            @JsonPropertyDescription("Port of the Service.") int port,

            @JsonPropertyDescription("What the clients' proxies found on it within the last hour: HTTP (any version,"
                    + " gRPC too), TCP (anything else, TLS too) or HTTPAndTCP.")
            Observed observed,

            @JsonPropertyDescription("What to write at the port in the Service, so that nothing has to be detected.")
            String suggestion) {}

    /** What proxies found a port to speak. */
    public enum Observed {
        @JsonProperty("HTTP")
        HTTP,
        @JsonProperty("TCP")
        TCP,
        @JsonProperty("HTTPAndTCP")
        HTTP_AND_TCP
    }

    /** A zone of the cluster. */
    @ApiObject
    public record Zone(
            @JsonPropertyDescription("The label topology.kubernetes.io/zone of its nodes; empty for nodes without one.")
            String name,

            @JsonPropertyDescription("The label topology.kubernetes.io/region of its nodes; empty when they have none.")
            String region,

            @JsonPropertyDescription("Nodes in it.") int nodes,

            @JsonPropertyDescription("Pods with a proxy in it.")
            int proxies) {}
}
