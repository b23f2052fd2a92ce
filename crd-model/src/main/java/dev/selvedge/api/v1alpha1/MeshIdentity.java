// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.v1alpha1;

import static java.util.Objects.requireNonNullElse;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** {@code spec.identity} of a {@link Mesh}: how long each level of the certificates lives. */
@ApiObject
@ValidationRule(
        value = "duration(self.workload.lifetime) >= duration('1m')",
        fieldPath = ".workload.lifetime",
        message = "must be at least 1m")
@ValidationRule(
        value = "duration(self.workload.lifetime) <= duration(self.intermediate.lifetime)",
        fieldPath = ".workload.lifetime",
        message = "must not be longer than intermediate.lifetime")
@ValidationRule(
        value = "duration(self.intermediate.lifetime) <= duration(self.trustAnchor.lifetime)",
        fieldPath = ".intermediate.lifetime",
        message = "must not be longer than trustAnchor.lifetime")
public record MeshIdentity(
        @Default("{}")
        @JsonPropertyDescription("The root certificate that every proxy trusts. Its key stays in a Secret that only the"
                + " rotation Job can read.")
        TrustAnchor trustAnchor,

        @Default("{}")
        @JsonPropertyDescription("The issuer: signed by the trust anchor, held by the operator, signs the workloads'.")
        Intermediate intermediate,

        @Default("{}") @JsonPropertyDescription("The certificate of each proxy. Its key is never written to a disk.")
        Workload workload) {
    static final MeshIdentity DEFAULT = new MeshIdentity(TrustAnchor.DEFAULT, Intermediate.DEFAULT, Workload.DEFAULT);

    public MeshIdentity {
        trustAnchor = requireNonNullElse(trustAnchor, TrustAnchor.DEFAULT);
        intermediate = requireNonNullElse(intermediate, Intermediate.DEFAULT);
        workload = requireNonNullElse(workload, Workload.DEFAULT);
    }

    /** The root that every proxy trusts. */
    @ApiObject
    public record TrustAnchor(
            @Default("8760h")
            @Pattern(GatewayDuration.PATTERN)
            @Size(max = 32)
            @JsonPropertyDescription("How long a new trust anchor is valid. A duration such as 8760h. Default: 8760h"
                    + " (one year). Holds for the next trust anchor that is made.")
            String lifetime) {
        static final TrustAnchor DEFAULT = new TrustAnchor("8760h");

        public TrustAnchor {
            lifetime = requireNonNullElse(lifetime, "8760h");
        }
    }

    /** The issuer, signed by the trust anchor and held by the operator. */
    @ApiObject
    public record Intermediate(
            @Default("720h")
            @Pattern(GatewayDuration.PATTERN)
            @Size(max = 32)
            @JsonPropertyDescription("How long a new issuer is valid; at most trustAnchor.lifetime. A duration such as"
                    + " 720h. Default: 720h (30 days). Holds for the next issuer that is made.")
            String lifetime) {
        static final Intermediate DEFAULT = new Intermediate("720h");

        public Intermediate {
            lifetime = requireNonNullElse(lifetime, "720h");
        }
    }

    /** The certificate of a proxy. */
    @ApiObject
    public record Workload(
            @Default("24h")
            @Pattern(GatewayDuration.PATTERN)
            @Size(max = 32)
            @JsonPropertyDescription("How long a proxy's certificate is valid; renewed at half of it. At least 1m, at"
                    + " most intermediate.lifetime. A duration such as 24h. Default: 24h."
                    + " Holds from the next renewal.")
            String lifetime) {
        static final Workload DEFAULT = new Workload("24h");

        public Workload {
            lifetime = requireNonNullElse(lifetime, "24h");
        }
    }
}
