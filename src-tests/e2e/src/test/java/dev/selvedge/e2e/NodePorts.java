// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.e2e;

/** The way into the cluster from this machine, where no load balancer is. */
final class NodePorts {
    private NodePorts() {}

    /** The URL of a Service's first port on the first node. */
    static String of(Kubectl kubectl, String namespace, String service) {
        String node = kubectl.run(
                "get", "nodes", "-o", "jsonpath={.items[0].status.addresses[?(@.type==\"InternalIP\")].address}");
        String port =
                kubectl.run("-n", namespace, "get", "service", service, "-o", "jsonpath={.spec.ports[0].nodePort}");
        return "http://" + node.split(" ")[0] + ":" + port;
    }
}
