// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code status.trust} of a {@link Mesh}: the chain of certificates, without any key. */
@ApiObject
public record TrustStatus(
        @JsonPropertyDescription("Stable: one trust anchor is in use. Distributing: a new one is added to what every"
                + " proxy trusts. Switching: it signs, and every proxy gets a certificate under it. Retiring: old"
                + " connections end, then the old anchor is removed. RollingBack: the new anchor is undone.")
        Stage stage,

        @JsonPropertyDescription("Since when it is in this stage.") @Nullable
        Instant since,

        @JsonPropertyDescription("The trust anchors that proxies trust, the one that signs first.")
        List<Certificate> anchors,

        @JsonPropertyDescription("The trust anchors beside the mesh's own that proxies trust.")
        List<Certificate> additionalAnchors,

        @JsonPropertyDescription("The certificate that signs the workloads' certificates.") @Nullable
        Certificate issuer,

        @Size(max = 4)
        @JsonPropertyDescription("The trust domains that certificates of proxies are of, or are about to be, the one of"
                + " new certificates first; two while the mesh moves from one to another.")
        List<@Size(max = 255) String> trustDomains,

        @JsonPropertyDescription("The last spec.identity.rotation.requested that was taken up.") @Nullable
        String requested,

        @JsonPropertyDescription("What the stage waits for; absent when it waits for nothing.") @Nullable
        WaitingFor waitingFor,

        @JsonPropertyDescription("The last rotations and renewals, the latest first, at most 10.")
        List<Past> history,

        @JsonPropertyDescription("When the certificate of a connected proxy that ends first ends, to the minute.")
        @Nullable
        Instant oldestWorkloadNotAfter,

        @JsonPropertyDescription("When the certificate of the operator's own servers (xDS and webhooks) ends, to the"
                + " minute. Each replica has one of its own, which is renewed at half of its life; this is that of the"
                + " leading replica.")
        @Nullable
        Instant servingNotAfter) {
    public TrustStatus {
        anchors = anchors == null ? List.of() : List.copyOf(anchors);
        additionalAnchors = additionalAnchors == null ? List.of() : List.copyOf(additionalAnchors);
        trustDomains = trustDomains == null ? List.of() : List.copyOf(trustDomains);
        history = history == null ? List.of() : List.copyOf(history);
    }

    /** Where a rotation of the trust anchor stands. */
    public enum Stage {
        @JsonProperty("Stable")
        STABLE("Stable"),
        @JsonProperty("Distributing")
        DISTRIBUTING("Distributing"),
        @JsonProperty("Switching")
        SWITCHING("Switching"),
        @JsonProperty("Retiring")
        RETIRING("Retiring"),
        @JsonProperty("RollingBack")
        ROLLING_BACK("RollingBack");

        private final String text;

        Stage(String text) {
            this.text = text;
        }

        /** As it stands in the status. */
        public String text() {
            return text;
        }
    }

    /** One certificate. */
    @ApiObject
    public record Certificate(
            @JsonPropertyDescription("SHA-256 of the certificate's DER form, in lower-case hexadecimal.")
            String fingerprint,

            @JsonPropertyDescription("When it ends.") Instant notAfter) {}

    /** What a stage waits for. */
    @ApiObject
    public record WaitingFor(
            @JsonPropertyDescription("One or two sentences.")
            String message,

            @JsonPropertyDescription("How many proxies it waits for.")
            int proxies,

            @JsonPropertyDescription("The first of them, as namespace/pod, at most 10.")
            List<String> names) {
        public WaitingFor {
            names = names == null ? List.of() : List.copyOf(names);
        }
    }

    /** A rotation or a renewal that is over. */
    @ApiObject
    public record Past(
            @JsonPropertyDescription("Anchor or Issuer: what was made anew.")
            String level,

            @JsonPropertyDescription("Why: First, Scheduled, Requested, KeyLost, Provided (whoever provides the issuer"
                    + " provides another) or Managed (it was provided, and is to be the"
                    + " operator's own again) or TrustDomain (the mesh moves to another).")
            String reason,

            @JsonPropertyDescription("Completed or RolledBack.")
            String outcome,

            @JsonPropertyDescription("SHA-256 of the new certificate.")
            String fingerprint,

            @JsonPropertyDescription("When it began.") Instant started,

            @JsonPropertyDescription("When it was over.") Instant finished) {}
}
