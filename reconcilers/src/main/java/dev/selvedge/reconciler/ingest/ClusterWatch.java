// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.ingest;

import dev.selvedge.api.v1alpha1.AuthorizationPolicy;
import dev.selvedge.api.v1alpha1.ExternalService;
import dev.selvedge.api.v1alpha1.Mesh;
import dev.selvedge.api.v1alpha1.TrafficPolicy;
import dev.selvedge.compiler.snapshot.Change;
import dev.selvedge.compiler.snapshot.SnapshotObject;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GRPCRoute;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Gateway;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.api.model.gatewayapi.v1beta1.ReferenceGrant;
import io.fabric8.kubernetes.api.model.networking.v1.ServiceCIDR;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Watches every kind that the compiler reads, on every replica, and tells the changes. It needs no leader and no
 * reconciler. Lists, watches and their renewal are the client's informers.
 */
public final class ClusterWatch implements AutoCloseable {
    private final KubernetesClient client;
    private final Consumer<List<Change>> changes;
    private final ExpiringPolicies trafficPolicies;
    private final List<AutoCloseable> watches = new ArrayList<>();
    private volatile CompletableFuture<Void> synced = new CompletableFuture<>();

    /** @param changes called from several threads, in order for each kind; it must not block */
    public ClusterWatch(KubernetesClient client, Clock clock, Consumer<List<Change>> changes) {
        this.client = client;
        this.changes = changes;
        this.trafficPolicies = new ExpiringPolicies(clock, this::emit);
    }

    /** Begins to list and watch; returns at once. What cannot be listed yet is tried again until it can. */
    public synchronized void start() {
        var serviceCidrs = new ServiceCidrs(this::emit);
        var started = new ArrayList<CompletableFuture<Void>>();
        if (client.supports(ServiceCIDR.class)) {
            started.add(
                    start(KindWatch.all(client, ServiceCIDR.class, ServiceCidrs::read, serviceCidrs.rangeListener())));
        }
        started.add(start(KindWatch.all(
                client, Mesh.class, mesh -> PolicyIngest.mesh(mesh, List.of()), serviceCidrs.meshListener())));
        started.add(start(watch(Namespace.class, Ingest::namespace)));
        started.add(start(watch(Node.class, Ingest::node)));
        started.add(start(watch(Service.class, Ingest::service)));
        started.add(start(watch(EndpointSlice.class, Ingest::endpointSlice)));
        started.add(start(watch(Pod.class, Ingest::pod)));
        started.add(start(KindWatch.all(client, TrafficPolicy.class, PolicyIngest::trafficPolicy, trafficPolicies)));
        started.add(start(watch(AuthorizationPolicy.class, PolicyIngest::authorizationPolicy)));
        started.add(start(watch(ExternalService.class, ExternalServiceIngest::externalService)));
        started.add(startWhenServed(Gateway.class, GatewayIngest::gateway));
        started.add(startWhenServed(HTTPRoute.class, RouteIngest::httpRoute));
        started.add(startWhenServed(GRPCRoute.class, RouteIngest::grpcRoute));
        started.add(startWhenServed(ReferenceGrant.class, RouteIngest::referenceGrant));
        synced = CompletableFuture.allOf(started.toArray(CompletableFuture[]::new));
    }

    /**
     * Whether everything that there was at the start has been told. It stays true: a kind that appears later does not
     * take away what is known of the others.
     */
    public boolean hasSynced() {
        return synced.isDone() && !synced.isCompletedExceptionally();
    }

    /** Tells what is over by now; to be called every few seconds. */
    public void tick() {
        trafficPolicies.tick();
    }

    @Override
    public synchronized void close() throws Exception {
        for (var watch : watches) {
            watch.close();
        }
        watches.clear();
    }

    private void emit(Change change) {
        changes.accept(List.of(change));
    }

    private <T extends HasMetadata, R extends SnapshotObject> KindWatch<T, R> watch(
            Class<T> type, Function<T, Optional<R>> projection) {
        return KindWatch.all(client, type, projection, new ProjectingStore.Listener<>() {
            @Override
            public void changed(String key, R current) {
                emit(new Change.Put(current));
            }

            @Override
            public void gone(String key, R last) {
                emit(new Change.Remove(last.ref()));
            }
        });
    }

    private CompletableFuture<Void> start(KindWatch<?, ?> watch) {
        watches.add(watch);
        return watch.start();
    }

    private <T extends HasMetadata, R extends SnapshotObject> CompletableFuture<Void> startWhenServed(
            Class<T> type, Function<T, Optional<R>> projection) {
        var watch = new ServedWatch(client, type, () -> watch(type, projection));
        watches.add(watch);
        return watch.start();
    }
}
