// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy.circuitbreaking;

import com.google.protobuf.BoolValue;
import com.google.protobuf.UInt32Value;
import dev.selvedge.compiler.resource.ProtoDuration;
import dev.selvedge.compiler.snapshot.CircuitBreaking.FailurePercentage;
import dev.selvedge.compiler.snapshot.CircuitBreaking.Outliers;
import dev.selvedge.compiler.snapshot.CircuitBreaking.SuccessRate;
import io.envoyproxy.envoy.config.cluster.v3.OutlierDetection;

/** Which endpoints a cluster ejects. */
final class OutlierDetectors {
    private static final UInt32Value ALWAYS = UInt32Value.of(100);
    private static final UInt32Value NEVER = UInt32Value.of(0);

    /** Envoy counts a factor of the standard deviation in thousandths. */
    private static final int THOUSANDTHS_OF_A_PERCENT = 10;

    private OutlierDetectors() {}

    /** Envoy enforces some detectors unless they are switched off, so each is set to one or the other. */
    static OutlierDetection of(Outliers wanted) {
        boolean localApart = wanted.consecutiveLocalFailures().isPresent();
        var result = OutlierDetection.newBuilder()
                .setInterval(ProtoDuration.of(wanted.interval()))
                .setBaseEjectionTime(ProtoDuration.of(wanted.baseEjection()))
                .setMaxEjectionTime(ProtoDuration.of(wanted.maxEjection()))
                .setMaxEjectionPercent(UInt32Value.of(wanted.maxEjectedPercent()))
                .setAlwaysEjectOneHost(BoolValue.of(true))
                .setSplitExternalLocalOriginErrors(localApart)
                .setEnforcingConsecutive5Xx(enforced(wanted.consecutive5xx().isPresent()))
                .setEnforcingConsecutiveGatewayFailure(
                        enforced(wanted.consecutiveGatewayErrors().isPresent()))
                .setEnforcingConsecutiveLocalOriginFailure(enforced(localApart))
                .setEnforcingSuccessRate(enforced(wanted.successRate().isPresent()))
                .setEnforcingLocalOriginSuccessRate(
                        enforced(localApart && wanted.successRate().isPresent()))
                .setEnforcingFailurePercentage(
                        enforced(wanted.failurePercentage().isPresent()))
                .setEnforcingFailurePercentageLocalOrigin(
                        enforced(localApart && wanted.failurePercentage().isPresent()));
        wanted.consecutive5xx().map(UInt32Value::of).ifPresent(result::setConsecutive5Xx);
        wanted.consecutiveGatewayErrors().map(UInt32Value::of).ifPresent(result::setConsecutiveGatewayFailure);
        wanted.consecutiveLocalFailures().map(UInt32Value::of).ifPresent(result::setConsecutiveLocalOriginFailure);
        wanted.successRate().ifPresent(rate -> successRate(rate, result));
        wanted.failurePercentage().ifPresent(failures -> failurePercentage(failures, result));
        return result.build();
    }

    private static void successRate(SuccessRate wanted, OutlierDetection.Builder result) {
        result.setSuccessRateMinimumHosts(UInt32Value.of(wanted.minEndpoints()))
                .setSuccessRateRequestVolume(UInt32Value.of(wanted.minRequests()))
                .setSuccessRateStdevFactor(UInt32Value.of(wanted.deviationPercent() * THOUSANDTHS_OF_A_PERCENT));
    }

    private static void failurePercentage(FailurePercentage wanted, OutlierDetection.Builder result) {
        result.setFailurePercentageThreshold(UInt32Value.of(wanted.percent()))
                .setFailurePercentageMinimumHosts(UInt32Value.of(wanted.minEndpoints()))
                .setFailurePercentageRequestVolume(UInt32Value.of(wanted.minRequests()));
    }

    private static UInt32Value enforced(boolean used) {
        return used ? ALWAYS : NEVER;
    }
}
