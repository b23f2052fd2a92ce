// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler;

import dev.selvedge.compiler.incremental.Query;
import dev.selvedge.compiler.model.WorkloadView;
import dev.selvedge.compiler.resource.ResourceKey;
import dev.selvedge.compiler.translate.Encoded;
import dev.selvedge.compiler.translate.Translate;

/**
 * What pods receive, once for all whose proxies enforce the same: a policy for a whole namespace, or none at all, is
 * translated once and not for each pod.
 */
final class Inbound {
    private Inbound() {}

    /** @param workload {@link WorkloadView#ofAnyPod} */
    record Listener(WorkloadView workload) implements Query<Packed> {
        @Override
        public Packed compute(Computation computation) {
            return Packed.of(Translate.inboundListener(workload));
        }
    }

    /**
     * @param name see {@link Translate#inboundRoutes}
     * @param workload {@link WorkloadView#ofAnyPod}
     */
    record Routes(String name, WorkloadView workload) implements Query<Packed> {
        @Override
        public Packed compute(Computation computation) {
            var routes = Translate.inboundRoutes(name, workload);
            return Packed.of(new Encoded(
                    routes.body(),
                    routes.requires().stream()
                            .filter(cluster -> exists(computation, cluster))
                            .toList()));
        }

        /** A Service that counts for rate limits and is not there must not hold the rules back. */
        private static boolean exists(Computation computation, ResourceKey cluster) {
            return ResourceQuery.ofService(cluster.name())
                    .flatMap(name -> computation
                            .get(new Queries.View(name.service()))
                            .flatMap(service -> ResourceQuery.port(service, name.port())))
                    .isPresent();
        }
    }
}
