// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy.fault;

import com.google.protobuf.Any;
import dev.selvedge.compiler.policy.HttpFilters;
import dev.selvedge.compiler.resource.Pack;
import dev.selvedge.compiler.resource.ProtoDuration;
import dev.selvedge.compiler.snapshot.Fault;
import io.envoyproxy.envoy.extensions.filters.common.fault.v3.FaultDelay;
import io.envoyproxy.envoy.extensions.filters.common.fault.v3.FaultRateLimit;
import io.envoyproxy.envoy.extensions.filters.http.fault.v3.FaultAbort;
import io.envoyproxy.envoy.extensions.filters.http.fault.v3.HTTPFault;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import io.envoyproxy.envoy.type.v3.FractionalPercent;
import java.util.Map;

/** The filter that does a fault to a request. It is off until a route, which stands for one fault, turns it on. */
public final class FaultFilter {
    private static final String NAME = "selvedge.fault";

    private FaultFilter() {}

    public static HttpFilter http() {
        return HttpFilters.off(NAME, Pack.any(HTTPFault.getDefaultInstance()));
    }

    /** What the filter does on the route of a fault, by its name. */
    public static Map<String, Any> rules(Fault fault) {
        // A header of the caller would name the counters otherwise.
        var filter = HTTPFault.newBuilder().setDisableDownstreamClusterStats(true);
        fault.delay()
                .ifPresent(delay -> filter.setDelay(FaultDelay.newBuilder()
                        .setFixedDelay(ProtoDuration.of(delay.duration()))
                        .setPercentage(percent(delay.percent()))));
        fault.abort().ifPresent(abort -> filter.setAbort(abort(abort)));
        fault.bandwidth()
                .ifPresent(bandwidth -> filter.setResponseRateLimit(FaultRateLimit.newBuilder()
                        .setFixedLimit(FaultRateLimit.FixedLimit.newBuilder().setLimitKbps(bandwidth.kibPerSecond()))
                        .setPercentage(percent(bandwidth.percent()))));
        return Map.of(NAME, Pack.any(filter.build()));
    }

    private static FaultAbort abort(Fault.Abort abort) {
        var result = FaultAbort.newBuilder().setPercentage(percent(abort.percent()));
        switch (abort.status()) {
            case Fault.Status.Http(var code) -> result.setHttpStatus(code);
            case Fault.Status.Grpc(var code) -> result.setGrpcStatus(code);
        }
        return result.build();
    }

    private static FractionalPercent percent(int percent) {
        return FractionalPercent.newBuilder().setNumerator(percent).build();
    }
}
