// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.snapshot;

import java.util.List;
import java.util.Optional;

/**
 * The mesh. There is one per cluster: when several {@code Mesh} objects exist the oldest is in force (docs/adr/0003).
 *
 * @param members which namespaces belong
 * @param serviceCidrs the ranges that Service addresses come from, as CIDR text, IPv4 and IPv6
 */
public record Mesh(
        Meta meta,
        TrustDomains trustDomains,
        LabelSelector members,
        MtlsMode mtls,
        EgressMode egress,
        AuthorizationDefault authorization,
        List<String> serviceCidrs,
        Optional<RateLimitService> rateLimits)
        implements SnapshotObject {
    public Mesh {
        serviceCidrs = List.copyOf(serviceCidrs);
    }

    /** One without a rate limit service. */
    public Mesh(
            Meta meta,
            TrustDomains trustDomains,
            LabelSelector members,
            MtlsMode mtls,
            EgressMode egress,
            AuthorizationDefault authorization,
            List<String> serviceCidrs) {
        this(meta, trustDomains, members, mtls, egress, authorization, serviceCidrs, Optional.empty());
    }

    /** The same with other ranges of Service addresses. */
    public Mesh withServiceCidrs(List<String> others) {
        return new Mesh(meta, trustDomains, members, mtls, egress, authorization, others, rateLimits);
    }

    public enum MtlsMode {
        STRICT,
        PERMISSIVE
    }

    public enum EgressMode {
        ALLOW,
        DENY
    }

    public enum AuthorizationDefault {
        ALLOW,
        DENY
    }

    @Override
    public ObjectRef ref() {
        return new ObjectRef(Kind.MESH, meta.name());
    }
}
