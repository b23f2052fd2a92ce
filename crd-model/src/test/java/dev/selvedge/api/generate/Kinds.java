// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.generate;

import dev.selvedge.api.v1alpha1.AuthorizationPolicy;
import dev.selvedge.api.v1alpha1.ExternalService;
import dev.selvedge.api.v1alpha1.Mesh;
import dev.selvedge.api.v1alpha1.MeshSpec;
import dev.selvedge.api.v1alpha1.TrafficPolicy;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceColumnDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceColumnDefinitionBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the types cannot say about a kind: its own description, its columns in their order (the generator sorts them), and
 * the conditions that a new object has until the operator has seen it.
 *
 * @param defaultSpec what an absent spec means; empty where a spec is required
 * @param pending the first one decides whether an object counts as ready
 */
record Kinds(
        Class<? extends HasMetadata> type,
        String description,
        Optional<MeshSpec> defaultSpec,
        List<CustomResourceColumnDefinition> columns,
        List<String> pending) {

    static final List<Kinds> ALL = List.of(
            new Kinds(
                    Mesh.class,
                    "The mesh: which namespaces belong to it and what holds everywhere in it."
                            + " One Mesh is in force in a cluster, the oldest.",
                    Optional.of(MeshSpec.DEFAULT),
                    List.of(
                            column("READY", "string", ".status.conditions[?(@.type==\"Ready\")].status", 0),
                            column("MTLS", "string", ".spec.mtls.mode", 0),
                            column("PROXIES", "string", ".status.proxies.summary", 0),
                            column("TRUST", "string", ".status.trust.stage", 0),
                            column("NOT-INJECTED", "integer", ".status.members.notInjected", 0),
                            column("AGE", "date", ".metadata.creationTimestamp", 0),
                            column("VERSIONS", "string", ".status.proxies.versionsSummary", 1),
                            column("EXPIRY", "string", ".status.trust.issuer.notAfter", 1),
                            column("DRIFT", "integer", ".status.drift.corrected", 1)),
                    List.of("Ready")),
            policy(
                    TrafficPolicy.class,
                    "How requests to a Service travel: routes, weights, timeouts, retries, protocol at the"
                            + " client's proxy; rate limits and faults at the server's.",
                    column("TARGET", "string", ".spec.targetRefs[0].name", 0)),
            policy(
                    AuthorizationPolicy.class,
                    "Who may call what. Deny is decided first, then Allow, then authorization.default of the Mesh."
                            + " Enforced at the server's proxy.",
                    column("ACTION", "string", ".spec.action", 0),
                    column("KIND", "string", ".spec.targetRefs[0].kind", 0),
                    column("TARGET", "string", ".spec.targetRefs[0].name", 0)),
            policy(
                    ExternalService.class,
                    "Hosts or addresses outside of the cluster that workloads of the mesh call. Where egress.mode of the"
                            + " Mesh is Deny, nothing else outside can be called. Enforced at the client's proxy.",
                    column("HOST", "string", ".spec.hosts[0]", 0),
                    column("ADDRESS", "string", ".spec.addresses[0]", 0),
                    column("VISIBLE", "string", ".spec.visibleTo.mode", 0)));

    static Kinds of(String kind) {
        return ALL.stream()
                .filter(known -> HasMetadata.getKind(known.type).equals(kind))
                .findFirst()
                .orElseThrow();
    }

    /** One that proxies enforce, and that says on how many; its own columns come first. */
    private static Kinds policy(
            Class<? extends HasMetadata> type, String description, CustomResourceColumnDefinition... own) {
        var columns = new ArrayList<>(List.of(own));
        columns.add(column("ACCEPTED", "string", ".status.conditions[?(@.type==\"Accepted\")].status", 0));
        columns.add(column("PROGRAMMED", "string", ".status.proxies.summary", 0));
        columns.add(column("AGE", "date", ".metadata.creationTimestamp", 0));
        return new Kinds(type, description, Optional.empty(), columns, List.of("Accepted", "Programmed"));
    }

    private static CustomResourceColumnDefinition column(String name, String type, String path, int priority) {
        return new CustomResourceColumnDefinitionBuilder()
                .withName(name)
                .withType(type)
                .withJsonPath(path)
                .withPriority(priority == 0 ? null : priority)
                .build();
    }
}
