// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.identity;

import dev.selvedge.reconciler.pki.Issuer;
import dev.selvedge.reconciler.pki.KeyAndChain;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * The certificate of our own servers, kept in memory. It is made when there is an issuer, and again at half life or when
 * the issuer is another; open connections are not touched. Without an issuer there is no certificate and a handshake
 * fails. An issuer that has ended makes none: the last one stays, which clients take for ended.
 */
public final class ServingKeyManager extends X509ExtendedKeyManager {
    private static final Duration LIFETIME = Duration.ofHours(24);

    /** An issuer that is about to end gives shorter and shorter certificates; not one for each handshake. */
    private static final Duration MIN_WAIT = Duration.ofMinutes(1);

    private record Current(Issuer issuer, KeyAndChain certificate, Instant renewAt) {
        String alias() {
            return certificate.certificate().getSerialNumber().toString(16);
        }
    }

    private final Supplier<Optional<Issuer>> issuer;
    private final List<String> dnsNames;
    private final Clock clock;
    private final Counter issued;
    private @Nullable Current current;
    private @Nullable Current previous;

    /** @param dnsNames the names that clients know the servers by */
    public ServingKeyManager(
            Supplier<Optional<Issuer>> issuer, List<String> dnsNames, Clock clock, MeterRegistry meters) {
        this.issuer = issuer;
        this.dnsNames = List.copyOf(dnsNames);
        this.clock = clock;
        this.issued = Counter.builder("selvedge.certificates.issued")
                .description("Certificates issued")
                .tag("purpose", "serving")
                .register(meters);
    }

    @Override
    public synchronized @Nullable String chooseEngineServerAlias(
            String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
        renew();
        return current == null || !keyType.startsWith("EC") ? null : current.alias();
    }

    /** Makes the certificate anew when it is due; to be called now and then, for servers that nobody connects to. */
    public synchronized void renew() {
        var now = clock.instant();
        issuer.get()
                .filter(from -> from.notAfter().isAfter(now))
                .filter(from -> current == null || current.issuer() != from || !now.isBefore(current.renewAt()))
                .ifPresent(from -> {
                    var certificate = from.issueServing(dnsNames, LIFETIME);
                    issued.increment();
                    var halfLife = Duration.between(now, certificate.notAfter()).dividedBy(2);
                    var wait = halfLife.compareTo(MIN_WAIT) < 0 ? MIN_WAIT : halfLife;
                    previous = current;
                    current = new Current(from, certificate, now.plus(wait));
                });
    }

    /** The current certificate; empty before there was an issuer. */
    public synchronized Optional<X509Certificate> certificate() {
        return Optional.ofNullable(current).map(now -> now.certificate().certificate());
    }

    /** A handshake asks for the parts one by one, and a renewal may fall in between. */
    private synchronized Optional<KeyAndChain> find(@Nullable String alias) {
        if (current != null && current.alias().equals(alias)) {
            return Optional.of(current.certificate());
        }
        return Optional.ofNullable(previous)
                .filter(before -> before.alias().equals(alias))
                .map(Current::certificate);
    }

    @Override
    public X509Certificate @Nullable [] getCertificateChain(@Nullable String alias) {
        return find(alias)
                .map(found -> found.chain().toArray(X509Certificate[]::new))
                .orElse(null);
    }

    @Override
    public @Nullable PrivateKey getPrivateKey(@Nullable String alias) {
        return find(alias).map(KeyAndChain::key).orElse(null);
    }

    @Override
    public @Nullable String chooseServerAlias(String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return chooseEngineServerAlias(keyType, issuers, null);
    }

    @Override
    public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
        var alias = chooseEngineServerAlias(keyType, issuers, null);
        return alias == null ? null : new String[] {alias};
    }

    @Override
    public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
        return null;
    }

    @Override
    public @Nullable String chooseClientAlias(
            String[] keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return null;
    }
}
