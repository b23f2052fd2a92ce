// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.model;

import dev.selvedge.compiler.diagnostic.Origin;
import dev.selvedge.compiler.snapshot.ObjectName;
import java.util.List;
import java.util.SortedSet;

/** A Gateway as its proxies serve it. */
public record GatewayView(ObjectName name, List<Port> ports) {
    public GatewayView {
        ports = List.copyOf(ports);
    }

    /** One port that the proxies bind (listeners of a Gateway on the same port share it). */
    public record Port(int port, List<VirtualHost> hosts, SortedSet<Origin> origins) {
        public Port {
            hosts = List.copyOf(hosts);
        }
    }

    /**
     * @param domain a host name, {@code *.suffix} or {@code *}
     * @param routes by the precedence of the Gateway API; the first match wins
     */
    public record VirtualHost(String domain, List<ServiceView.Route> routes) {
        public VirtualHost {
            routes = List.copyOf(routes);
        }
    }
}
