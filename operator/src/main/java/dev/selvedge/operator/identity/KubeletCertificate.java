// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.identity;

import com.google.protobuf.Any;
import dev.selvedge.compiler.resource.ResourceKey;
import dev.selvedge.operator.compile.Served;
import dev.selvedge.reconciler.pki.Issuer;
import dev.selvedge.reconciler.proxy.ProxyVolumes;
import dev.selvedge.reconciler.trust.TrustVersions;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.WatchedDirectory;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.TlsCertificate;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The secret of a proxy whose key the kubelet makes: it names the file with the key and its certificate, which Envoy reads
 * again when the kubelet replaces it. So the proxy asks for the same secret as every other, and acknowledges it.
 *
 * <p>What it does not acknowledge is which certificate is in the file. That one of the last anchor is in no file any more
 * is only certain when everything that was signed before the issuer has ended, which the pod's volume bounds; until then
 * the version names no anchor.
 */
final class KubeletCertificate {
    /** What we sign for kubelets lives no longer (in {@code spec.identity}: a rule of {@code workload.lifetime}). */
    static final Duration LONGEST = Duration.ofHours(24);

    /** Of the API server, of the kubelet and of ours; and of the certificate that began before it was made. */
    private static final Duration CLOCKS = Duration.ofMinutes(10);

    /** Where other versions say when the certificate is renewed: never, by us. */
    private static final String NEVER = "ffffffff";

    /** Where other versions say when the certificate ends, and when it was made. */
    private static final String FILES = "-files-files-";

    /**
     * Whose secret it is.
     *
     * @param identity short for its SPIFFE ID
     * @param trustDomain that the issuer signs for
     * @param longest how long its certificates live at most
     */
    record Wanted(ResourceKey key, String identity, String trustDomain, Duration longest) {}

    private KubeletCertificate() {}

    /** @param folder where the proxy finds the file */
    static Served secret(Wanted wanted, String folder, Issuer issuer, @Nullable String held, Instant now) {
        var settled = issuer.certificate()
                .getNotBefore()
                .toInstant()
                .plus(wanted.longest())
                .plus(CLOCKS);
        var anchor = TrustVersions.authority(issuer.signer().orElse(issuer.certificate()), wanted.trustDomain());
        var version = now.isBefore(settled)
                ? Long.toHexString(settled.getEpochSecond()) + FILES + wanted.identity() + TrustVersions.UNTOLD
                : NEVER + FILES + wanted.identity() + anchor;
        if (version.equals(held)) {
            return Served.heldElsewhere(wanted.key(), version);
        }
        var bundle = DataSource.newBuilder()
                .setFilename(folder + "/" + ProxyVolumes.CREDENTIAL_BUNDLE)
                .build();
        var secret = Secret.newBuilder()
                .setName(wanted.key().name())
                .setTlsCertificate(TlsCertificate.newBuilder()
                        .setCertificateChain(bundle)
                        .setPrivateKey(bundle)
                        .setWatchedDirectory(WatchedDirectory.newBuilder().setPath(folder)));
        return Served.of(wanted.key(), version, Any.pack(secret.build()));
    }
}
