// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.xds;

import io.grpc.Metadata;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Locale;

/** Counts how calls end, also those that end before a line of our code sees them: too large, unreadable, cut off. */
final class EndedStreams extends ServerStreamTracer.Factory {
    private final MeterRegistry meters;

    EndedStreams(MeterRegistry meters) {
        this.meters = meters;
    }

    @Override
    public ServerStreamTracer newServerStreamTracer(String method, Metadata headers) {
        return new ServerStreamTracer() {
            @Override
            public void streamClosed(Status status) {
                var code = status.getCode().name().toLowerCase(Locale.ROOT).replace('_', '-');
                meters.counter("selvedge.xds.streams.ended", "code", code).increment();
            }
        };
    }
}
