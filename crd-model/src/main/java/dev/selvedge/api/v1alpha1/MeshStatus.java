// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is so in a {@link Mesh}. */
@ApiObject
public record MeshStatus(
        @JsonPropertyDescription("The generation of the spec that this status speaks of; -1 until the operator has seen"
                + " the object.")
        long observedGeneration,

        @JsonPropertyDescription("Ready: the mesh does what its spec says. TrustHealthy: the certificates are there and"
                + " not about to end. MembersInjected: every pod that should have a proxy has one."
                + " Reconciling and Stalled are there only while they are true.")
        List<Condition> conditions,

        @JsonPropertyDescription("What belongs to the mesh.") @Nullable
        Members members,

        @JsonPropertyDescription("The proxies of the mesh, sidecars and gateways.") @Nullable
        Proxies proxies,

        @JsonPropertyDescription("The chain of certificates, without any key.") @Nullable
        TrustStatus trust,

        @JsonPropertyDescription("Changes by others to objects that the operator owns.") @Nullable
        Drift drift,

        @JsonPropertyDescription("Who calls whom, and where the proxies are.") @Nullable
        MeshTopology topology) {
    public MeshStatus {
        conditions = conditions == null ? List.of() : List.copyOf(conditions);
    }

    /** What belongs to the mesh. */
    @ApiObject
    public record Members(
            @JsonPropertyDescription("Namespaces that members.namespaceSelector selects.")
            int namespaces,

            @JsonPropertyDescription("Pods in these namespaces that have a proxy.")
            int pods,

            @JsonPropertyDescription("Pods in these namespaces that should have a proxy and have none, because they are"
                    + " older than the membership or the webhook was away: restart them.")
            int notInjected) {}

    /** The proxies of the mesh. */
    @ApiObject
    public record Proxies(
            @JsonPropertyDescription("Proxies that are connected to the operator.")
            int connected,

            @JsonPropertyDescription("Connected proxies that acknowledged everything that was sent to them.")
            int current,

            @JsonPropertyDescription("Connected proxies that have not yet answered to something that was sent to them.")
            int pending,

            @JsonPropertyDescription("Connected proxies that refused something; they keep its last good version."
                    + " The policies say what and why.")
            int rejecting,

            @JsonPropertyDescription("Connected proxies by version of Envoy, the most frequent first.")
            List<ProxyVersion> versions,

            @JsonPropertyDescription("current/connected, for the column PROXIES.") @Nullable
            String summary,

            @JsonPropertyDescription(
                    "The versions in one line, such as 1.40.0 (238), 1.39.1 (2), for the column VERSIONS.")
            @Nullable
            String versionsSummary) {
        public Proxies {
            versions = versions == null ? List.of() : List.copyOf(versions);
        }
    }

    /** How many connected proxies run this version of Envoy. */
    @ApiObject
    public record ProxyVersion(
            @JsonPropertyDescription("Version of Envoy.") String version,

            @JsonPropertyDescription("Connected proxies that run it.")
            int count) {}

    /** Changes by others to owned objects. */
    @ApiObject
    public record Drift(
            @JsonPropertyDescription("How many changes were undone since the Mesh was created.")
            long corrected,

            @JsonPropertyDescription("When the last change was found.") @Nullable
            Instant lastTime,

            @JsonPropertyDescription("The object that was changed, as kind namespace/name.") @Nullable
            String lastObject,

            @JsonPropertyDescription("The field manager that changed it, such as kubectl-edit.") @Nullable
            String lastManager) {}
}
