// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.translate;

import com.google.protobuf.BoolValue;
import com.google.protobuf.Message;
import com.google.protobuf.UInt32Value;
import dev.selvedge.compiler.policy.StringMatchers;
import dev.selvedge.compiler.resource.Pack;
import dev.selvedge.compiler.resource.ResourceName;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.TransportSocket;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CommonTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.SdsSecretConfig;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.TlsParameters;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;

/**
 * TLS. Between proxies it is mutual: TLS 1.3 and nothing else, a SPIFFE certificate on both sides. No session is resumed, since a
 * resumed one would not check the peer against a trust bundle that has changed.
 */
final class TlsContexts {
    /** In no certificate of ours: a pool whose identities are unknown is verified against it and so refused. */
    private static final String NOBODY = "urn:selvedge:no-identity";

    /** Of the proxy's image, from Debian's package of that name. */
    private static final String PUBLIC_AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt";

    private TlsContexts() {}

    /** A client that accepts exactly these identities; none accepts nobody. */
    static TransportSocket client(String alpn, Collection<String> identities) {
        var accepted = CertificateValidationContext.newBuilder();
        for (var identity : identities.isEmpty() ? Set.of(NOBODY) : new TreeSet<>(identities)) {
            accepted.addMatchTypedSubjectAltNames(SubjectAltNameMatcher.newBuilder()
                    .setSanType(SubjectAltNameMatcher.SanType.URI)
                    .setMatcher(StringMatchers.exact(identity)));
        }
        return tls(UpstreamTlsContext.newBuilder()
                .setCommonTlsContext(common().addAlpnProtocols(alpn)
                        .setCombinedValidationContext(CommonTlsContext.CombinedCertificateValidationContext.newBuilder()
                                .setDefaultValidationContext(accepted)
                                .setValidationContextSdsSecretConfig(secret(ResourceName.TRUST_SECRET))))
                .setMaxSessionKeys(UInt32Value.of(0))
                .build());
    }

    /** A client of a host outside of the mesh: its certificate must be for that name, by an authority of the public. */
    static TransportSocket publicHost(String host) {
        return tls(UpstreamTlsContext.newBuilder()
                .setSni(host)
                .setCommonTlsContext(CommonTlsContext.newBuilder()
                        .setTlsParams(TlsParameters.newBuilder()
                                .setTlsMinimumProtocolVersion(TlsParameters.TlsProtocol.TLSv1_2)
                                .setTlsMaximumProtocolVersion(TlsParameters.TlsProtocol.TLSv1_3))
                        .setValidationContext(CertificateValidationContext.newBuilder()
                                .setTrustedCa(DataSource.newBuilder().setFilename(PUBLIC_AUTHORITIES))
                                .addMatchTypedSubjectAltNames(SubjectAltNameMatcher.newBuilder()
                                        .setSanType(SubjectAltNameMatcher.SanType.DNS)
                                        .setMatcher(StringMatchers.exact(host)))))
                .build());
    }

    /** A server that accepts every identity of the trusted domains; authorization decides what each may do. */
    static TransportSocket server() {
        return tls(DownstreamTlsContext.newBuilder()
                .setCommonTlsContext(common().setValidationContextSdsSecretConfig(secret(ResourceName.TRUST_SECRET)))
                .setRequireClientCertificate(BoolValue.of(true))
                .setDisableStatelessSessionResumption(true)
                .setDisableStatefulSessionResumption(true)
                .build());
    }

    private static CommonTlsContext.Builder common() {
        return CommonTlsContext.newBuilder()
                .setTlsParams(TlsParameters.newBuilder()
                        .setTlsMinimumProtocolVersion(TlsParameters.TlsProtocol.TLSv1_3)
                        .setTlsMaximumProtocolVersion(TlsParameters.TlsProtocol.TLSv1_3))
                .addTlsCertificateSdsSecretConfigs(secret(ResourceName.WORKLOAD_SECRET));
    }

    private static SdsSecretConfig secret(String name) {
        return SdsSecretConfig.newBuilder()
                .setName(name)
                .setSdsConfig(ConfigSources.adsWithoutLimit())
                .build();
    }

    private static TransportSocket tls(Message context) {
        return TransportSocket.newBuilder()
                .setName("envoy.transport_sockets.tls")
                .setTypedConfig(Pack.any(context))
                .build();
    }
}
