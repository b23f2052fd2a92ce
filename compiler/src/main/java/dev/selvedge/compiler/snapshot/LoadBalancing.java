// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.snapshot;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which endpoint gets a request. Absent fields are not set.
 *
 * @param hash of what the algorithm makes a hash, the first that a request has; belongs to {@code algorithm}
 * @param panicPercent 0 to 100
 */
public record LoadBalancing(
        Optional<Algorithm> algorithm,
        List<HashKey> hash,
        Optional<Duration> warmup,
        Optional<Integer> panicPercent,
        Optional<Locality> locality) {
    public static final LoadBalancing NONE =
            new LoadBalancing(Optional.empty(), List.of(), Optional.empty(), Optional.empty(), Optional.empty());

    public LoadBalancing {
        hash = List.copyOf(hash);
    }

    public enum Algorithm {
        LEAST_REQUEST,
        ROUND_ROBIN,
        RANDOM,
        RING_HASH,
        MAGLEV;

        /** Whether the same hash leads to the same endpoint. */
        public boolean isConsistent() {
            return switch (this) {
                case RING_HASH, MAGLEV -> true;
                case LEAST_REQUEST, ROUND_ROBIN, RANDOM -> false;
            };
        }
    }

    /**
     * @param failover zones that come after the client's own, in this order; with {@code PREFER_ZONE}
     * @param weights by the client's zone; with {@code WEIGHTED}
     */
    public record Locality(Mode mode, List<String> failover, List<Weights> weights) {
        public Locality {
            failover = List.copyOf(failover);
            weights = List.copyOf(weights);
        }

        public enum Mode {
            ANY,
            PREFER_ZONE,
            WEIGHTED
        }

        /** @param to the share of each zone, relative to the others */
        public record Weights(String from, Map<String, Integer> to) {
            public Weights {
                to = Map.copyOf(to);
            }
        }
    }

    /**
     * @param name empty for the source
     * @param ttl of a cookie that a caller without one gets; zero for one that ends with the caller's session
     */
    public record HashKey(Type type, Optional<String> name, Optional<Duration> ttl) {
        public enum Type {
            HEADER,
            COOKIE,
            QUERY,
            SOURCE
        }
    }
}
