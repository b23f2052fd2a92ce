// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.snapshot;

import java.util.List;

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
        List<String> serviceCidrs)
        implements SnapshotObject {
    public Mesh {
        serviceCidrs = List.copyOf(serviceCidrs);
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
