// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler;

import dev.selvedge.compiler.diagnostic.Outcome;
import dev.selvedge.compiler.incremental.Query;
import dev.selvedge.compiler.model.Cidr;
import dev.selvedge.compiler.model.DestinationView;
import dev.selvedge.compiler.model.EndpointsView;
import dev.selvedge.compiler.model.ExternalView;
import dev.selvedge.compiler.model.GatewayView;
import dev.selvedge.compiler.model.ServiceView;
import dev.selvedge.compiler.model.SocketAddress;
import dev.selvedge.compiler.model.WorkloadView;
import dev.selvedge.compiler.resolve.ClusterRanges;
import dev.selvedge.compiler.resolve.ConnectionShares;
import dev.selvedge.compiler.resolve.DestinationViews;
import dev.selvedge.compiler.resolve.ExternalViews;
import dev.selvedge.compiler.resolve.GatewayViews;
import dev.selvedge.compiler.resolve.Localities;
import dev.selvedge.compiler.resolve.Outcomes;
import dev.selvedge.compiler.resolve.ServerTraffic;
import dev.selvedge.compiler.resolve.ServiceAddresses;
import dev.selvedge.compiler.resolve.ServiceEndpoints;
import dev.selvedge.compiler.resolve.ServiceRoutes;
import dev.selvedge.compiler.resolve.ServiceTraffic;
import dev.selvedge.compiler.resolve.ServiceViews;
import dev.selvedge.compiler.resolve.WorkloadViews;
import dev.selvedge.compiler.snapshot.ClientGroups;
import dev.selvedge.compiler.snapshot.Clients;
import dev.selvedge.compiler.snapshot.LoadBalancing.Locality;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.ObjectRef;
import java.util.List;
import java.util.Optional;

/**
 * What is memoised between the objects of the cluster and the resources: each query names a pure function of
 * {@code resolve}. A query that changes often is apart from one that many others use.
 */
final class Queries {
    private Queries() {}

    /** What the TrafficPolicies say of a Service. */
    record Traffic(ObjectName service) implements Query<ServiceTraffic> {
        @Override
        public ServiceTraffic compute(Computation computation) {
            return ServiceTraffic.of(computation.reads(), service);
        }
    }

    /** What the TrafficPolicies of a Service have the proxies of its pods do. */
    record Server(ObjectName service) implements Query<ServerTraffic> {
        @Override
        public ServerTraffic compute(Computation computation) {
            return ServerTraffic.of(computation.reads(), computation.get(new Traffic(service)), service);
        }
    }

    /** Where a Service can be called. */
    record Addresses(ObjectName service) implements Query<ServiceAddresses> {
        @Override
        public ServiceAddresses compute(Computation computation) {
            return ServiceAddresses.of(computation.reads(), computation.get(new Traffic(service)), service);
        }
    }

    /** By what a Service tells its clients apart. */
    record Groups(ObjectName service) implements Query<ClientGroups> {
        @Override
        public boolean equals(Object other) {
            return other instanceof Groups groups && service.equals(groups.service);
        }

        @Override
        public int hashCode() {
            return service.hashCode();
        }

        @Override
        public ClientGroups compute(Computation computation) {
            return ServiceRoutes.groups(computation.reads(), computation.get(new Traffic(service)), service);
        }
    }

    /** A Service as some of its clients see it. */
    record View(ObjectName service, Clients clients) implements Query<Optional<ServiceView>> {
        View(ObjectName service) {
            this(service, Clients.ANY);
        }

        @Override
        public Optional<ServiceView> compute(Computation computation) {
            return ServiceViews.resolve(
                    computation.reads(), other -> computation.get(new Traffic(other)), service, clients);
        }
    }

    record Endpoints(ServiceView.ClusterName cluster) implements Query<Optional<EndpointsView>> {
        @Override
        public Optional<EndpointsView> compute(Computation computation) {
            var traffic = computation.get(new Traffic(cluster.service()));
            return ServiceEndpoints.resolve(computation.reads(), traffic, cluster);
        }
    }

    /** The endpoints of a Service's port for connections that are not HTTP, when a policy divides these. */
    record Shares(ServiceView.ClusterName cluster) implements Query<Optional<EndpointsView>> {
        @Override
        public Optional<EndpointsView> compute(Computation computation) {
            var backends = computation.get(new Traffic(cluster.service())).connections(cluster.port());
            return backends.isEmpty() || computation.get(new Endpoints(cluster)).isEmpty()
                    ? Optional.empty()
                    : Optional.of(ConnectionShares.of(cluster, backends, subset -> computation
                            .get(new Endpoints(new ServiceView.ClusterName(cluster.service(), cluster.port(), subset)))
                            .map(EndpointsView::endpoints)
                            .orElse(List.of())));
        }
    }

    /** How zones count for a Service: apart, so that other settings of it leave its endpoints alone. */
    record LocalityOf(ObjectName service) implements Query<Locality> {
        @Override
        public Locality compute(Computation computation) {
            return Localities.inForce(computation.reads(), computation.get(new Traffic(service)), service);
        }
    }

    record Destination(SocketAddress address) implements Query<Optional<DestinationView>> {
        @Override
        public Optional<DestinationView> compute(Computation computation) {
            return DestinationViews.resolve(
                    computation.reads(),
                    service -> computation.get(new View(service)),
                    service -> computation.get(new Traffic(service)),
                    address);
        }
    }

    /** Where pods and Services can be. */
    record Ranges() implements Query<List<Cidr>> {
        @Override
        public List<Cidr> compute(Computation computation) {
            return ClusterRanges.of(computation.reads());
        }
    }

    /** What is declared outside of the cluster at a port. */
    record External(int port) implements Query<ExternalView> {
        @Override
        public ExternalView compute(Computation computation) {
            return ExternalViews.at(computation.reads(), computation.get(new Ranges()), port);
        }
    }

    record Workload(ObjectName pod) implements Query<Optional<WorkloadView>> {
        @Override
        public Optional<WorkloadView> compute(Computation computation) {
            return WorkloadViews.resolve(computation.reads(), service -> computation.get(new Server(service)), pod);
        }
    }

    record OfGateway(ObjectName gateway) implements Query<Optional<GatewayView>> {
        @Override
        public Optional<GatewayView> compute(Computation computation) {
            return GatewayViews.resolve(computation.reads(), service -> computation.get(new Traffic(service)), gateway);
        }
    }

    /** What became of an object; empty when there is nothing to say about it. */
    record OutcomeOf(ObjectRef object) implements Query<Optional<Outcome>> {
        @Override
        public Optional<Outcome> compute(Computation computation) {
            return Outcomes.of(
                    computation.reads(),
                    service -> computation.get(new Traffic(service)),
                    route -> computation.get(new OutcomeOf(route)),
                    object);
        }
    }
}
