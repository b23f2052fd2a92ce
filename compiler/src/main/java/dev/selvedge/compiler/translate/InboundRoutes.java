// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.translate;

import dev.selvedge.compiler.model.WorkloadView;
import dev.selvedge.compiler.policy.authorization.AuthorizationFilters;
import dev.selvedge.compiler.resource.ProtoDuration;
import dev.selvedge.compiler.resource.ResourceName;
import dev.selvedge.compiler.snapshot.Mesh;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;

/** Everything to the application, under the rules; the client's proxy has decided on time and retries. */
final class InboundRoutes {
    private InboundRoutes() {}

    /**
     * Under {@code Strict} a caller without an identity is refused here too: a connection from before the change of mode
     * stays open until the proxy's time to drain is over.
     */
    static RouteConfiguration of(String name, WorkloadView workload) {
        boolean identified = name.equals(ResourceName.INBOUND_MTLS);
        var everything = Route.newBuilder()
                .setName(ResourceName.INBOUND)
                .setMatch(RouteMatch.newBuilder().setPrefix("/"))
                .setRoute(RouteAction.newBuilder()
                        .setCluster(ResourceName.INBOUND)
                        .setTimeout(ProtoDuration.ZERO));
        var routes = RouteConfigurations.configuration(name)
                .addVirtualHosts(
                        VirtualHost.newBuilder().setName("*").addDomains("*").addRoutes(everything));
        if (identified || workload.mtls() == Mesh.MtlsMode.PERMISSIVE) {
            routes.putAllTypedPerFilterConfig(AuthorizationFilters.rules(workload, identified));
        }
        return routes.build();
    }
}
