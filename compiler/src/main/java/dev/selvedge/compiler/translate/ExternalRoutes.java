// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.translate;

import dev.selvedge.compiler.resource.ProtoDuration;
import dev.selvedge.compiler.resource.ResourceName;
import dev.selvedge.compiler.snapshot.Mesh;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.route.v3.DirectResponseAction;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import java.util.List;

/** HTTP to hosts outside of the cluster: the declared ones by name, and what becomes of all others. */
final class ExternalRoutes {
    /** The host outside cannot use it, and one that gets TLS from the proxy would be told that it gets none. */
    private static final String SCHEME_OF_CLIENT = "x-forwarded-proto";

    private ExternalRoutes() {}

    /** @param hosts declared for that namespace */
    static RouteConfiguration of(int port, String namespace, List<String> hosts, Mesh mesh) {
        var routes = RouteConfigurations.configuration(ResourceName.externalRoute(port))
                .setIgnorePortInHostMatching(true);
        hosts.forEach(host -> routes.addVirtualHosts(host(host, to("external", ResourceName.externalHttp(host, port)))
                .addRequestHeadersToRemove(SCHEME_OF_CLIENT)));
        var undeclared =
                switch (mesh.egress()) {
                    case ALLOW -> to("undeclared", ResourceName.PASSTHROUGH);
                    case DENY -> closed(port, namespace, mesh);
                };
        return routes.addVirtualHosts(host("*", undeclared)).build();
    }

    private static VirtualHost.Builder host(String domain, Route.Builder route) {
        return VirtualHost.newBuilder()
                .setName(domain)
                .addDomains(domain)
                .addRoutes(route.setMatch(RouteMatch.newBuilder().setPrefix("/")));
    }

    /** Nobody limits how long an answer from outside may take. */
    private static Route.Builder to(String name, String cluster) {
        return Route.newBuilder()
                .setName(name)
                .setRoute(RouteAction.newBuilder().setCluster(cluster).setTimeout(ProtoDuration.ZERO));
    }

    private static Route.Builder closed(int port, String namespace, Mesh mesh) {
        var body = "Egress is closed by Mesh " + mesh.meta().name() + " (spec.egress.mode: Deny), and no"
                + " ExternalService for namespace " + namespace + " declares this host with HTTP at port " + port
                + ".\n";
        return Route.newBuilder()
                .setName("egress-closed")
                .setDirectResponse(DirectResponseAction.newBuilder()
                        .setStatus(403)
                        .setBody(DataSource.newBuilder().setInlineString(body)));
    }
}
