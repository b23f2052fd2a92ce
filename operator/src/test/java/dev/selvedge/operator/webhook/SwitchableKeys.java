// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.webhook;

import dev.selvedge.reconciler.pki.Authority;
import dev.selvedge.reconciler.pki.Issuer;
import dev.selvedge.reconciler.pki.KeyAndChain;
import dev.selvedge.testing.AnyCertificate;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/** A key manager whose certificate can be renewed, and a client that accepts any certificate. */
final class SwitchableKeys extends X509ExtendedKeyManager {
    private final Issuer issuer;
    private volatile KeyAndChain current;

    SwitchableKeys() {
        var random = new SecureRandom();
        var authority = new Authority(Clock.systemUTC(), random);
        var anchor = authority.createAnchor("cluster.local", Duration.ofDays(1));
        issuer = new Issuer(
                authority.signIssuer(anchor, "cluster.local", Duration.ofDays(1)),
                anchor.chain(),
                Clock.systemUTC(),
                random);
        current = issue();
    }

    void renew() {
        current = issue();
    }

    private KeyAndChain issue() {
        return issuer.issueServing(List.of("selvedge.selvedge-system.svc"), Duration.ofHours(1));
    }

    SSLContext trusting() {
        try {
            var context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {new AnyCertificate()}, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public String[] getServerAliases(String type, Principal @Nullable [] issuers) {
        return new String[] {"serving"};
    }

    @Override
    public String chooseServerAlias(String type, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return "serving";
    }

    @Override
    public String chooseEngineServerAlias(String type, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
        return "serving";
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
        return current.chain().toArray(X509Certificate[]::new);
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
        return current.key();
    }

    @Override
    public String @Nullable [] getClientAliases(String type, Principal @Nullable [] issuers) {
        return null;
    }

    @Override
    public @Nullable String chooseClientAlias(String[] types, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return null;
    }
}
