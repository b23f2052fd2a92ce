// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.identity;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import dev.selvedge.compiler.model.Identity;
import dev.selvedge.compiler.resource.Context;
import dev.selvedge.compiler.resource.ResourceKey;
import dev.selvedge.compiler.resource.ResourceType;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.TrustDomains;
import dev.selvedge.operator.compile.Served;
import dev.selvedge.reconciler.pki.Issuer;
import dev.selvedge.reconciler.pki.Lifespan;
import dev.selvedge.reconciler.pki.Pem;
import dev.selvedge.reconciler.proxy.ProxyVolumes;
import dev.selvedge.reconciler.trust.TrustVersions;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.SPIFFECertValidatorConfig;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.TlsCertificate;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The two secrets of a proxy (SDS): {@value #WORKLOAD}, its key and certificate, and {@value #TRUST}, whom it believes.
 *
 * <p>The version of a workload certificate says when it is due for renewal, when it ends, when it was made, for whom it
 * is and under which anchor. A proxy that reconnects, to whichever replica, shows its version and keeps its certificate without anybody
 * having kept the key. Another issuer of the same anchor is no reason for a new certificate before it is due: the old one
 * ends after the certificates that it signed.
 */
public final class WorkloadCertificates {
    /** The secret with the proxy's own key and certificate. */
    public static final String WORKLOAD = "workload";

    /** The secret with the trust anchors of the mesh, for each trust domain that it accepts. */
    public static final String TRUST = "trust";

    private static final Duration MIN_WAIT = Duration.ofMinutes(1);
    private static final int TIME_DIGITS = 10;
    private static final int ID_DIGITS = 16;

    /** Three times, and the rest. */
    private static final int PARTS = 4;

    private static final HexFormat HEX = HexFormat.of();

    private final Supplier<Optional<Issuer>> issuer;
    private final Supplier<Duration> lifetime;
    private final Clock clock;
    private final RandomGenerator random;
    private final Counter issued;
    private final String credentials;

    /**
     * @param issuer the current issuer
     * @param lifetime of workload certificates
     * @param random for the jitter of renewals
     */
    public WorkloadCertificates(
            Supplier<Optional<Issuer>> issuer,
            Supplier<Duration> lifetime,
            Clock clock,
            RandomGenerator random,
            MeterRegistry meters) {
        this(issuer, lifetime, clock, random, meters, ProxyVolumes.CREDENTIALS);
    }

    /** @param credentials the folder where proxies find what the kubelet made */
    public WorkloadCertificates(
            Supplier<Optional<Issuer>> issuer,
            Supplier<Duration> lifetime,
            Clock clock,
            RandomGenerator random,
            MeterRegistry meters,
            String credentials) {
        this.credentials = credentials;
        this.issuer = issuer;
        this.lifetime = lifetime;
        this.clock = clock;
        this.random = random;
        this.issued = Counter.builder("selvedge.certificates.issued")
                .description("Certificates issued")
                .tag("purpose", WORKLOAD)
                .register(meters);
    }

    /** The key of a pod's secret of that name. */
    public static ResourceKey key(String name, ObjectName pod) {
        return new ResourceKey(ResourceType.SECRET, name, new Context.Workload(pod));
    }

    /**
     * A secret for a pod's proxy; empty when there is none of that name, or no issuer.
     *
     * @param identity the pod's
     * @param held the version that the proxy has; when it is still good, nothing new is made
     * @throws dev.selvedge.reconciler.pki.IssuerEndedException when the issuer has ended
     */
    public Optional<Served> secret(String name, ObjectName pod, Identity identity, @Nullable String held) {
        return secret(name, pod, identity, held, Optional.empty());
    }

    /** @param ownKey as {@link dev.selvedge.compiler.snapshot.Pod#ownKey}; the secret then only says where the key is */
    public Optional<Served> secret(
            String name, ObjectName pod, Identity identity, @Nullable String held, Optional<Duration> ownKey) {
        var key = key(name, pod);
        return issuer.get().flatMap(current -> switch (name) {
            case WORKLOAD ->
                Optional.of(ownKey.map(longest -> file(key, identity, longest, current, held))
                        .orElseGet(() -> workload(key, identity, current, held)));
            case TRUST -> Optional.of(trust(key, identity.domains(), current));
            default -> Optional.empty();
        });
    }

    /** When the certificate of this version is to be made anew. */
    public static Instant renewAt(String version) {
        return time(version, 0);
    }

    /** From when it was made until when it ends; empty for a version that is none of ours. */
    public static Optional<Lifespan> lifespan(String version) {
        try {
            return Optional.of(new Lifespan(time(version, 2), time(version, 1)));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    /** The anchor and trust domain that the certificate of this version is under, as {@link TrustVersions#authority} names it. */
    public static String anchorOf(String version) {
        return version.substring(Math.max(0, version.length() - TrustVersions.AUTHORITY_DIGITS));
    }

    private static Instant time(String version, int part) {
        var parts = version.split("-", PARTS);
        if (parts.length < PARTS || parts[part].length() > TIME_DIGITS) {
            throw new IllegalArgumentException("not the version of a certificate");
        }
        return Instant.ofEpochSecond(Long.parseUnsignedLong(parts[part], 16));
    }

    private Served file(ResourceKey key, Identity identity, Duration longest, Issuer current, @Nullable String held) {
        var trustDomain = current.trustDomain(identity.domains().own());
        var wanted = new KubeletCertificate.Wanted(key, digest(identity.in(trustDomain)), trustDomain, longest);
        return KubeletCertificate.secret(wanted, credentials, current, held, clock.instant());
    }

    private Served workload(ResourceKey key, Identity identity, Issuer current, @Nullable String held) {
        var trustDomain = current.trustDomain(identity.domains().own());
        var spiffeId = identity.in(trustDomain);
        var suffix = "-" + digest(spiffeId)
                + TrustVersions.authority(current.signer().orElse(current.certificate()), trustDomain);
        if (held != null && isGood(held, suffix)) {
            return Served.heldElsewhere(key, held);
        }
        var certificate = current.issueWorkload(spiffeId, lifetime.get());
        issued.increment();
        var now = clock.instant();
        var left = Duration.between(now, certificate.notAfter());
        var wait = untilRenewal(left, random);
        // An issuer that is about to end gives shorter and shorter certificates; they must not become a storm.
        var renewAt = now.plus(wait.compareTo(MIN_WAIT) < 0 ? MIN_WAIT : wait);
        var secret = Secret.newBuilder()
                .setName(key.name())
                .setTlsCertificate(TlsCertificate.newBuilder()
                        .setCertificateChain(inline(certificate.chainPem()))
                        .setPrivateKey(inline(certificate.keyPem())));
        var version = seconds(renewAt) + "-" + seconds(certificate.notAfter()) + "-" + seconds(now) + suffix;
        return Served.of(key, version, Any.pack(secret.build()));
    }

    private static String seconds(Instant time) {
        return Long.toHexString(time.getEpochSecond());
    }

    /** At half life; a tenth earlier or later, so that pods which started together do not renew together. */
    static Duration untilRenewal(Duration left, RandomGenerator random) {
        return Duration.ofMillis((long) (left.toMillis() * (0.45 + 0.1 * random.nextDouble())));
    }

    private boolean isGood(String held, String suffix) {
        if (!held.endsWith(suffix)) {
            return false;
        }
        try {
            var now = clock.instant();
            var renewAt = renewAt(held);
            return renewAt.isAfter(now) && renewAt.isBefore(now.plus(lifetime.get()));
        } catch (IllegalArgumentException _) {
            return false;
        }
    }

    private static Served trust(ResourceKey key, TrustDomains domains, Issuer current) {
        var anchors = TrustVersions.anchors(domains.accepted(), current.trustDomain(domains.own()), current.trusted());
        // Envoy's default validator with a merged bundle accepted an identity of one domain signed by another's anchor.
        var validator = SPIFFECertValidatorConfig.newBuilder();
        anchors.forEach(
                (domain, trusted) -> validator.addTrustDomains(SPIFFECertValidatorConfig.TrustDomain.newBuilder()
                        .setName(domain)
                        .setTrustBundle(inline(Pem.write(trusted)))));
        var context = CertificateValidationContext.newBuilder()
                .setCustomValidatorConfig(TypedExtensionConfig.newBuilder()
                        .setName("envoy.tls.cert_validator.spiffe")
                        .setTypedConfig(Any.pack(validator.build())));
        var secret = Secret.newBuilder().setName(key.name()).setValidationContext(context);
        var version = TrustVersions.bundle(anchors);
        return Served.of(key, version, Any.pack(secret.build()));
    }

    private static DataSource inline(String pem) {
        return DataSource.newBuilder()
                .setInlineBytes(ByteString.copyFromUtf8(pem))
                .build();
    }

    private static String digest(String text) {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            return HEX.formatHex(digest.digest(text.getBytes(StandardCharsets.UTF_8)))
                    .substring(0, ID_DIGITS);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
