// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.delivery;

import io.fabric8.kubernetes.api.model.discovery.v1.Endpoint;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Finds the other replicas behind our Service and listens to each of them. */
public final class Peers implements AutoCloseable, ResourceEventHandler<EndpointSlice> {
    private static final Logger LOG = Logger.getLogger(Peers.class);
    private static final String SERVICE_NAME = "kubernetes.io/service-name";
    private static final Duration RETRY = Duration.ofSeconds(2);

    /** A replica. */
    record Peer(String pod, String address) {}

    private final String ownPod;
    private final int port;
    private final Supplier<Optional<PeerCredentials>> credentials;
    private final ReplicatedState state;
    private final ScheduledExecutorService timer;
    private final Map<String, EndpointSlice> slices = new HashMap<>();
    private final Map<Peer, Link> links = new HashMap<>();
    private @Nullable SharedIndexInformer<EndpointSlice> informer;

    /**
     * @param ownPod the name of this replica's pod
     * @param port where replicas serve xDS
     * @param credentials asked for at each attempt; empty until there is an issuer
     */
    public Peers(
            String ownPod,
            int port,
            Supplier<Optional<PeerCredentials>> credentials,
            ReplicatedState state,
            ScheduledExecutorService timer) {
        this.ownPod = ownPod;
        this.port = port;
        this.credentials = credentials;
        this.state = state;
        this.timer = timer;
    }

    /** Begins to follow the replicas behind a Service; returns at once. */
    public void start(KubernetesClient client, String namespace, String service) {
        informer = client.discovery()
                .v1()
                .endpointSlices()
                .inNamespace(namespace)
                .withLabel(SERVICE_NAME, service)
                .runnableInformer(0);
        informer.addEventHandler(this);
        // Without this an informer that fails once stops for good.
        informer.exceptionHandler((_, _) -> true);
        informer.start();
    }

    @Override
    public synchronized void onAdd(EndpointSlice slice) {
        slices.put(slice.getMetadata().getName(), slice);
        follow();
    }

    @Override
    public synchronized void onUpdate(EndpointSlice before, EndpointSlice now) {
        onAdd(now);
    }

    @Override
    public synchronized void onDelete(EndpointSlice slice, boolean finalStateUnknown) {
        slices.remove(slice.getMetadata().getName());
        follow();
    }

    /** One link per replica that is listed, ready or not: one that ends still tells until it is gone. */
    private void follow() {
        var peers = peers(slices.values(), ownPod);
        for (var peer : List.copyOf(links.keySet())) {
            if (!peers.contains(peer)) {
                links.remove(peer).close();
            }
        }
        state.expect(ready(slices.values(), ownPod));
        peers.forEach(peer -> links.computeIfAbsent(peer, Link::new).connect());
    }

    /** Whether the other replicas are known. */
    public synchronized boolean hasSynced() {
        return informer != null && informer.hasSynced();
    }

    /** The other replicas that serve. */
    private static Set<String> ready(Collection<EndpointSlice> slices, String ownPod) {
        return others(slices, ownPod)
                .filter(endpoint -> endpoint.getConditions() == null
                        || !Boolean.FALSE.equals(endpoint.getConditions().getReady()))
                .map(endpoint -> endpoint.getTargetRef().getName())
                .collect(Collectors.toSet());
    }

    private static Stream<Endpoint> others(Collection<EndpointSlice> slices, String ownPod) {
        return slices.stream()
                .flatMap(slice -> Stream.ofNullable(slice.getEndpoints()).flatMap(List::stream))
                .filter(endpoint -> endpoint.getTargetRef() != null
                        && !ownPod.equals(endpoint.getTargetRef().getName()));
    }

    /** The replicas in these slices but for our own; dual-stack Services list each replica once per family. */
    static Set<Peer> peers(Collection<EndpointSlice> slices, String ownPod) {
        return others(slices, ownPod)
                .collect(Collectors.toMap(
                        endpoint -> endpoint.getTargetRef().getName(),
                        Peers::address,
                        (a, b) -> a.compareTo(b) <= 0 ? a : b))
                .entrySet()
                .stream()
                .map(entry -> new Peer(entry.getKey(), entry.getValue()))
                .collect(Collectors.toSet());
    }

    private static String address(Endpoint endpoint) {
        return endpoint.getAddresses().getFirst();
    }

    /** Listening to one replica, again and again until it is no longer listed. */
    private final class Link {
        private final Peer peer;
        private @Nullable PeerStream stream;
        private boolean closed;

        Link(Peer peer) {
            this.peer = peer;
        }

        void connect() {
            if (stream != null || closed) {
                return;
            }
            var now = credentials.get();
            if (now.isEmpty()) {
                retry();
                return;
            }
            // A word that comes late must not bring a lost replica back: only this attempt's own words count.
            var attempt = new Object() {
                boolean over;
            };
            stream = new PeerStream(
                    new InetSocketAddress(peer.address(), port),
                    now.get(),
                    change -> {
                        synchronized (Peers.this) {
                            if (!attempt.over && !closed) {
                                state.heard(peer.pod(), change);
                            }
                        }
                    },
                    failure -> {
                        synchronized (Peers.this) {
                            attempt.over = true;
                            ended(failure);
                        }
                    });
        }

        private void ended(Throwable failure) {
            if (closed) {
                return;
            }
            LOG.infof("replica %s is not heard: %s", peer.pod(), failure.getMessage());
            drop();
            retry();
        }

        private void retry() {
            var _ = timer.schedule(
                    () -> {
                        synchronized (Peers.this) {
                            connect();
                        }
                    },
                    RETRY.toMillis(),
                    TimeUnit.MILLISECONDS);
        }

        private void drop() {
            if (stream != null) {
                stream.close();
                stream = null;
            }
            state.lost(peer.pod());
        }

        void close() {
            closed = true;
            drop();
        }
    }

    @Override
    public synchronized void close() {
        if (informer != null) {
            informer.close();
        }
        List.copyOf(links.keySet()).forEach(peer -> links.remove(peer).close());
    }
}
