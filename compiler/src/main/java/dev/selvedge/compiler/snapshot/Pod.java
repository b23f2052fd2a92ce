// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.snapshot;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A pod. Finished pods (phase Succeeded or Failed) are removed by ingest, since they have no address any more.
 *
 * @param ips empty until the pod has an address, and for pods on the host's network (their address is the node's)
 * @param proxy what kind of proxy of ours runs in it
 * @param node where it runs; empty until that is decided
 * @param ownKey how long a certificate lives at most when the kubelet makes the key of its proxy; empty when the operator
 *     makes the key
 */
public record Pod(
        ObjectName name,
        String uid,
        List<String> ips,
        Map<String, String> labels,
        String serviceAccount,
        Proxy proxy,
        Optional<String> node,
        Optional<Duration> ownKey)
        implements SnapshotObject {
    public Pod {
        ips = List.copyOf(ips);
        labels = Map.copyOf(labels);
    }

    public Pod(
            ObjectName name,
            String uid,
            List<String> ips,
            Map<String, String> labels,
            String serviceAccount,
            Proxy proxy) {
        this(name, uid, ips, labels, serviceAccount, proxy, Optional.empty());
    }

    public Pod(
            ObjectName name,
            String uid,
            List<String> ips,
            Map<String, String> labels,
            String serviceAccount,
            Proxy proxy,
            Optional<String> node) {
        this(name, uid, ips, labels, serviceAccount, proxy, node, Optional.empty());
    }

    /** Its service account. */
    public ObjectName account() {
        return new ObjectName(name.namespace(), serviceAccount);
    }

    /** The proxy in a pod. */
    public sealed interface Proxy {
        record None() implements Proxy {}

        record Sidecar() implements Proxy {}

        /** @param gateway the Gateway that this pod serves, always of the pod's own namespace */
        record GatewayProxy(ObjectName gateway) implements Proxy {}
    }

    /** The name of the pod's Gateway, when it is a gateway's pod. */
    public Optional<ObjectName> gateway() {
        return proxy instanceof Proxy.GatewayProxy(var gateway) ? Optional.of(gateway) : Optional.empty();
    }

    @Override
    public ObjectRef ref() {
        return new ObjectRef(Kind.POD, name);
    }
}
