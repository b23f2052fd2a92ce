// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.envoy;

import com.google.protobuf.Any;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * As little of a delta ADS server as it takes to hand compiled resources to Envoy on demand. Envoy gets those of the
 * node that it says it is. A name that does not exist is answered at once.
 */
final class AdsServer implements AutoCloseable {
    /** How the names of clusters begin that are sent to those only who ask for them. */
    private static final List<String> WITHOUT_LISTING = List.of("tcp|", "external|");

    private final Map<String, Node> nodes = new HashMap<>();
    private final List<String> rejections = new ArrayList<>();
    private final Server server;

    AdsServer() throws IOException {
        server = NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
                .addService(new AggregatedDiscoveryServiceGrpc.AggregatedDiscoveryServiceImplBase() {
                    @Override
                    public StreamObserver<DeltaDiscoveryRequest> deltaAggregatedResources(
                            StreamObserver<DeltaDiscoveryResponse> responses) {
                        return new Stream(responses);
                    }
                })
                .build()
                .start();
    }

    int port() {
        return server.getPort();
    }

    /** What Envoy refused. */
    List<String> rejections() {
        synchronized (nodes) {
            return List.copyOf(rejections);
        }
    }

    /** Adds or replaces a resource, and sends it where it is subscribed to. */
    void put(String node, String name, Any body) {
        synchronized (nodes) {
            node(node).put(name, body);
        }
    }

    /** The names of a type that the node has asked for. */
    Set<String> subscriptions(String node, String typeUrl) {
        synchronized (nodes) {
            return Set.copyOf(node(node).subscription(typeUrl).names);
        }
    }

    @Override
    public void close() {
        server.shutdownNow();
    }

    private Node node(String id) {
        return nodes.computeIfAbsent(id, i -> new Node());
    }

    private static final class Subscription {
        final Set<String> names = new HashSet<>();
        boolean wildcard;
        boolean started;

        boolean covers(String name) {
            return names.contains(name) || (wildcard && WITHOUT_LISTING.stream().noneMatch(name::startsWith));
        }
    }

    private static final class Node {
        final Map<String, Map<String, Any>> resources = new TreeMap<>();
        final Map<String, Subscription> subscriptions = new HashMap<>();
        List<StreamObserver<DeltaDiscoveryResponse>> streams = new ArrayList<>();
        int versions;

        Map<String, Any> resources(String typeUrl) {
            return resources.computeIfAbsent(typeUrl, t -> new TreeMap<>());
        }

        Subscription subscription(String typeUrl) {
            return subscriptions.computeIfAbsent(typeUrl, t -> new Subscription());
        }

        void put(String name, Any body) {
            resources(body.getTypeUrl()).put(name, body);
            if (subscription(body.getTypeUrl()).covers(name)) {
                send(body.getTypeUrl(), Set.of(name));
            }
        }

        void send(String typeUrl, Set<String> names) {
            var response =
                    DeltaDiscoveryResponse.newBuilder().setTypeUrl(typeUrl).setNonce("n" + ++versions);
            for (var name : names) {
                var body = resources(typeUrl).get(name);
                if (body == null) {
                    response.addRemovedResources(name);
                } else {
                    response.addResources(Resource.newBuilder()
                            .setName(name)
                            .setVersion(Integer.toString(versions))
                            .setResource(body));
                }
            }
            streams.forEach(stream -> stream.onNext(response.build()));
        }
    }

    private final class Stream implements StreamObserver<DeltaDiscoveryRequest> {
        private final StreamObserver<DeltaDiscoveryResponse> responses;
        private String node = "";

        Stream(StreamObserver<DeltaDiscoveryResponse> responses) {
            this.responses = responses;
        }

        @Override
        public void onNext(DeltaDiscoveryRequest request) {
            synchronized (nodes) {
                if (!request.getNode().getId().isEmpty()) {
                    node = request.getNode().getId();
                    node(node).streams = new ArrayList<>(List.of(responses));
                }
                if (request.hasErrorDetail()) {
                    rejections.add(node + ": " + request.getErrorDetail().getMessage());
                }
                answer(request);
            }
        }

        private void answer(DeltaDiscoveryRequest request) {
            var type = request.getTypeUrl();
            var subscription = node(node).subscription(type);
            var asked = new HashSet<>(request.getResourceNamesSubscribeList());
            boolean first = !subscription.started;
            subscription.started = true;
            subscription.names.removeAll(request.getResourceNamesUnsubscribeList());
            if (asked.remove("*") || (first && asked.isEmpty())) {
                subscription.wildcard = true;
                subscription.names.addAll(asked);
                node(node).resources(type).keySet().stream()
                        .filter(subscription::covers)
                        .forEach(asked::add);
                node(node).send(type, asked);
            } else if (!asked.isEmpty()) {
                subscription.names.addAll(asked);
                node(node).send(type, asked);
            }
        }

        @Override
        public void onError(Throwable error) {
            onCompleted();
        }

        @Override
        public void onCompleted() {
            synchronized (nodes) {
                node(node).streams.remove(responses);
            }
        }
    }
}
