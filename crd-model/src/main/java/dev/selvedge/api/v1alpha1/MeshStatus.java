// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is so in a {@link Mesh}. */
@ApiObject
public record MeshStatus(
        long observedGeneration,
        List<Condition> conditions,
        @Nullable Members members,
        @Nullable Proxies proxies,
        @Nullable Trust trust,
        @Nullable Drift drift) {
    public MeshStatus {
        conditions = conditions == null ? List.of() : List.copyOf(conditions);
    }

    /** @param notInjected pods in member namespaces that should carry a proxy and do not */
    @ApiObject
    public record Members(int namespaces, int pods, int notInjected) {}

    /**
     * @param current proxies that acknowledged everything that was sent to them
     * @param summary {@code current/connected}, for the printed column
     * @param versionsSummary for the printed column, such as {@code 1.40.0} or {@code 1.40.0 (238), 1.39.1 (2)}
     */
    @ApiObject
    public record Proxies(
            int connected,
            int current,
            int pending,
            int rejecting,
            List<ProxyVersion> versions,
            @Nullable String summary,
            @Nullable String versionsSummary) {
        public Proxies {
            versions = versions == null ? List.of() : List.copyOf(versions);
        }
    }

    /** How many connected proxies run this version of Envoy. */
    @ApiObject
    public record ProxyVersion(String version, int count) {}

    /** The chain of certificates, without any key. */
    @ApiObject
    public record Trust(
            Stage stage,
            List<Certificate> anchors,
            @Nullable Certificate issuer,
            @Nullable Instant oldestWorkloadNotAfter) {
        public Trust {
            anchors = anchors == null ? List.of() : List.copyOf(anchors);
        }
    }

    /** Where a rotation of the trust anchor stands. */
    public enum Stage {
        @JsonProperty("Stable")
        STABLE
    }

    /** @param fingerprint SHA-256 of the DER form, lower-case hexadecimal */
    @ApiObject
    public record Certificate(String fingerprint, Instant notAfter) {}

    /** Changes by others to owned objects. With {@code Report} they are counted and left. */
    @ApiObject
    public record Drift(
            long corrected,
            @Nullable Instant lastTime,
            @Nullable String lastObject,
            @Nullable String lastManager) {}
}
