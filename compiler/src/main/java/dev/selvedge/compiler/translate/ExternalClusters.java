// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.translate;

import com.google.protobuf.Duration;
import dev.selvedge.compiler.resource.Pack;
import dev.selvedge.compiler.resource.ProtoDuration;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.DnsResolverOptions;
import io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig;
import io.envoyproxy.envoy.extensions.clusters.common.dns.v3.DnsLookupFamily;
import io.envoyproxy.envoy.extensions.clusters.dns.v3.DnsCluster;
import io.envoyproxy.envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig;

/**
 * Hosts outside of the cluster. The proxy resolves the declared name itself: where the client thought that the host is
 * does not matter, so no client gets to another address by claiming a host's name.
 */
final class ExternalClusters {
    /** A name that cannot be resolved is asked for again after so long, at first and at most. */
    private static final Duration FIRST_RETRY = ProtoDuration.ofSeconds(1);

    private static final Duration LONGEST_RETRY = ProtoDuration.ofSeconds(10);

    /** Names are whole: the search list of a pod would look for them among the cluster's own first. */
    private static final TypedExtensionConfig RESOLVER = TypedExtensionConfig.newBuilder()
            .setName("envoy.network.dns_resolver.cares")
            .setTypedConfig(Pack.any(CaresDnsResolverConfig.newBuilder()
                    .setDnsResolverOptions(DnsResolverOptions.newBuilder().setNoDefaultSearchDomain(true))
                    .build()))
            .build();

    /** All addresses of a name are one endpoint, whose families are tried in turn. */
    private static final Cluster.CustomClusterType BY_NAME = Cluster.CustomClusterType.newBuilder()
            .setName("envoy.clusters.dns")
            .setTypedConfig(Pack.any(DnsCluster.newBuilder()
                    .setAllAddressesInSingleEndpoint(true)
                    .setDnsLookupFamily(DnsLookupFamily.ALL)
                    .setRespectDnsTtl(true)
                    .setDnsFailureRefreshRate(DnsCluster.RefreshRate.newBuilder()
                            .setBaseInterval(FIRST_RETRY)
                            .setMaxInterval(LONGEST_RETRY))
                    .setTypedDnsResolverConfig(RESOLVER)
                    .build()))
            .build();

    private ExternalClusters() {}

    /** Bytes pass as they are. */
    static Cluster tls(String name, String host, int port) {
        return host(name, host, port)
                .setUpstreamConnectionOptions(Clusters.keepAlive())
                .build();
    }

    /** In the HTTP version of the client. */
    static Cluster http(String name, String host, int port) {
        return host(name, host, port)
                .putTypedExtensionProtocolOptions(HttpOptions.NAME, HttpOptions.SAME_AS_CLIENT)
                .build();
    }

    /** With TLS that the proxy adds, in the newest HTTP version that the host offers. */
    static Cluster originating(String name, String host, int port) {
        return host(name, host, port)
                .setTransportSocket(TlsContexts.publicHost(host))
                .putTypedExtensionProtocolOptions(HttpOptions.NAME, HttpOptions.NEGOTIATED)
                .build();
    }

    private static Cluster.Builder host(String name, String host, int port) {
        return Clusters.external(name).setClusterType(BY_NAME).setLoadAssignment(Endpoints.single(name, host, port));
    }
}
