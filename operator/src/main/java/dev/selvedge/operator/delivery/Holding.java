// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.delivery;

import dev.selvedge.compiler.diagnostic.Origin;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * How one resource stands on one proxy.
 *
 * @param resource its xDS name
 * @param desired what shaped the version that the proxy should have
 * @param stale what shaped another version that the proxy still has, or may have soon
 * @param refusal Envoy's text when the proxy refused the desired version
 */
public record Holding(
        String resource,
        State state,
        Collection<Origin> desired,
        Collection<Origin> stale,
        @Nullable String refusal) {

    /** Ordered from good to bad. */
    public enum State {
        /** The proxy acknowledged exactly the version that it should have. */
        CURRENT,
        /** Not yet acknowledged. */
        PENDING,
        /** Refused; the proxy keeps the last good version. */
        REJECTING
    }

    /** Takes in how holdings of one proxy change. */
    public interface Sink {
        /**
         * @param resources how many change alike; more than one only of those that no object shapes
         * @param before how they stood; null when the proxy did not subscribe to them
         * @param after how they stand; null when the proxy does not subscribe to them any more
         */
        void move(int resources, @Nullable Holding before, @Nullable Holding after);

        /** The same for one resource. */
        default void move(@Nullable Holding before, @Nullable Holding after) {
            move(1, before, after);
        }
    }
}
