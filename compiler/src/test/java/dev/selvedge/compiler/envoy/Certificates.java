// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.envoy;

import com.google.protobuf.Any;
import dev.selvedge.compiler.resource.Pack;
import dev.selvedge.compiler.resource.ResourceName;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.SPIFFECertValidatorConfig;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.TlsCertificate;
import java.io.IOException;
import java.io.StringWriter;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** An authority of a trust domain, and what it signs. */
final class Certificates {
    private final String trustDomain;
    private final KeyPair key = newKey();
    private final X509Certificate certificate;
    private int serial = 1;

    Certificates(String trustDomain) {
        this.trustDomain = trustDomain;
        this.certificate = sign(key, new X500Principal("CN=authority of " + trustDomain), null);
    }

    /** A certificate with that SPIFFE ID and its key. */
    record Identity(String spiffeId, KeyPair key, X509Certificate certificate) {
        /** For a TLS client in this test. */
        KeyManager[] keyManagers() {
            try {
                var store = KeyStore.getInstance("PKCS12");
                store.load(null, null);
                store.setKeyEntry("identity", key.getPrivate(), new char[0], new X509Certificate[] {certificate});
                var factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
                factory.init(store, new char[0]);
                return factory.getKeyManagers();
            } catch (GeneralSecurityException | IOException e) {
                throw new IllegalStateException(e);
            }
        }

        /** For a proxy. */
        Secret secret() {
            return Secret.newBuilder()
                    .setName(ResourceName.WORKLOAD_SECRET)
                    .setTlsCertificate(TlsCertificate.newBuilder()
                            .setCertificateChain(inline(pem(certificate)))
                            .setPrivateKey(inline(keyPem(key))))
                    .build();
        }
    }

    Identity issue(String spiffeId) {
        var leaf = newKey();
        var name = new GeneralName(GeneralName.uniformResourceIdentifier, spiffeId);
        return new Identity(spiffeId, leaf, sign(leaf, new X500Principal("CN=workload"), name));
    }

    /** A certificate for the name of a host outside of the mesh. */
    Identity issueForHost(String host) {
        var leaf = newKey();
        var name = new GeneralName(GeneralName.dNSName, host);
        return new Identity(host, leaf, sign(leaf, new X500Principal("CN=" + host), name));
    }

    /** The authority itself, for a client that trusts it. */
    DataSource authority() {
        return inline(pem(certificate));
    }

    /** The trust bundle of this domain, as the operator serves it. */
    Secret trust() {
        return trust(trustDomain);
    }

    /** The same bundle for several domains, as the operator serves it while a mesh moves. */
    Secret trust(String... domains) {
        var config = SPIFFECertValidatorConfig.newBuilder();
        for (var domain : domains) {
            config.addTrustDomains(SPIFFECertValidatorConfig.TrustDomain.newBuilder()
                    .setName(domain)
                    .setTrustBundle(inline(pem(certificate))));
        }
        Any spiffe = Pack.any(config.build());
        return Secret.newBuilder()
                .setName(ResourceName.TRUST_SECRET)
                .setValidationContext(CertificateValidationContext.newBuilder()
                        .setCustomValidatorConfig(TypedExtensionConfig.newBuilder()
                                .setName("envoy.tls.cert_validator.spiffe")
                                .setTypedConfig(spiffe)))
                .build();
    }

    private X509Certificate sign(
            KeyPair subjectKey, X500Principal subject, @org.jspecify.annotations.Nullable GeneralName leaf) {
        try {
            var now = Instant.now();
            boolean authority = leaf == null;
            var builder = new JcaX509v3CertificateBuilder(
                            new X500Principal("CN=authority of " + trustDomain),
                            BigInteger.valueOf(serial++),
                            Date.from(now.minus(Duration.ofMinutes(5))),
                            Date.from(now.plus(Duration.ofHours(1))),
                            subject,
                            subjectKey.getPublic())
                    .addExtension(Extension.basicConstraints, true, new BasicConstraints(authority))
                    .addExtension(
                            Extension.keyUsage,
                            true,
                            new KeyUsage(
                                    authority ? KeyUsage.keyCertSign | KeyUsage.cRLSign : KeyUsage.digitalSignature));
            var name = leaf == null
                    ? new GeneralName(GeneralName.uniformResourceIdentifier, "spiffe://" + trustDomain)
                    : leaf;
            builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(name));
            return new JcaX509CertificateConverter()
                    .getCertificate(
                            builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(key.getPrivate())));
        } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static KeyPair newKey() {
        try {
            var generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static DataSource inline(String pem) {
        return DataSource.newBuilder().setInlineString(pem).build();
    }

    private static String pem(X509Certificate certificate) {
        return write(certificate);
    }

    private static String keyPem(KeyPair key) {
        try {
            return write(new JcaPKCS8Generator(key.getPrivate(), null));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String write(Object object) {
        var text = new StringWriter();
        try (var writer = new JcaPEMWriter(text)) {
            writer.writeObject(object);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return text.toString();
    }
}
