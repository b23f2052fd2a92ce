// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.trust;

import dev.selvedge.api.v1alpha1.GatewayDuration;
import dev.selvedge.api.v1alpha1.MeshIdentity;
import dev.selvedge.api.v1alpha1.MeshRotation;
import dev.selvedge.api.v1alpha1.MeshSpec;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What {@code spec.identity} says about rotation.
 *
 * @param provided whether somebody else provides the issuer, and its anchor with it
 * @param trustDomain that the certificates of workloads are to be of
 * @param requested the token that asks for a rotation now
 */
public record RotationPolicy(
        boolean provided,
        String trustDomain,
        Level anchor,
        Level issuer,
        MeshRotation.State state,
        @Nullable String requested,
        Duration drain,
        Duration waitForAbsent) {

    /** How long an authority lives, and how long before its end its successor is made. */
    public record Level(Duration lifetime, Duration renewBefore) {}

    /** Of a Mesh. */
    public static RotationPolicy of(MeshSpec spec) {
        var identity = spec.identity();
        var anchor = identity.trustAnchor();
        var issuer = identity.intermediate();
        var rotation = identity.rotation();
        return new RotationPolicy(
                identity.issuer().source() == MeshIdentity.IssuerSource.SECRET,
                spec.trustDomain(),
                new Level(GatewayDuration.parse(anchor.lifetime()), GatewayDuration.parse(anchor.renewBefore())),
                new Level(GatewayDuration.parse(issuer.lifetime()), GatewayDuration.parse(issuer.renewBefore())),
                rotation.state(),
                rotation.requested(),
                GatewayDuration.parse(rotation.drain()),
                GatewayDuration.parse(rotation.waitForAbsent()));
    }

    /** The token, if the record does not know it yet. */
    Optional<String> request(TrustRecord record) {
        return Optional.ofNullable(requested).filter(_ -> !provided).filter(token -> !token.equals(record.requested()));
    }
}
