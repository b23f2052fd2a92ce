// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.identity;

import dev.selvedge.reconciler.pki.Issuer;
import dev.selvedge.reconciler.pki.KeyAndChain;
import dev.selvedge.reconciler.pki.Pem;
import dev.selvedge.reconciler.pki.TrustSecrets;
import dev.selvedge.reconciler.trust.TrustRecord;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Follows the Secret that holds the issuer. A Secret that cannot be read, or goes, leaves the last good issuer. */
public final class IssuerWatch implements AutoCloseable, ResourceEventHandler<Secret> {
    private static final Logger LOG = Logger.getLogger(IssuerWatch.class);

    /** One that is about to end signs certificates that are not worth the handshake. */
    private static final Duration LEAST_LIFE = Duration.ofMinutes(1);

    private final Clock clock;
    private final SecureRandom random;
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final CompletableFuture<Void> available = new CompletableFuture<>();
    private volatile @Nullable Issuer issuer;
    private volatile @Nullable Issuer previous;
    private Map<String, String> read = Map.of();
    private volatile @Nullable SharedIndexInformer<Secret> informer;

    public IssuerWatch(Clock clock, SecureRandom random) {
        this.clock = clock;
        this.random = random;
    }

    /** Begins to watch; returns at once. An API server that is away or slow is asked again until it answers. */
    public void start(KubernetesClient client, String namespace) {
        var started = client.secrets()
                .inNamespace(namespace)
                .withName(TrustSecrets.ISSUER)
                .runnableInformer(0);
        started.addEventHandler(this);
        // Without this an informer that fails once stops for good, and the next issuer would never be seen.
        started.exceptionHandler((_, _) -> true);
        started.start();
        informer = started;
    }

    /** Whether the Secret has been looked for. */
    public boolean hasSynced() {
        var started = informer;
        return started != null && started.hasSynced();
    }

    /** The issuer, once there is one. */
    public Optional<Issuer> current() {
        return Optional.ofNullable(issuer);
    }

    /**
     * The issuer for our own servers: while a rotation has switched to a new anchor, that of the old one. Pods take the
     * operator for whom they know from a volume, and nobody acknowledges a volume; until the old anchor retires they trust
     * both.
     */
    public Optional<Issuer> serving() {
        var before = previous;
        return before != null && before.notAfter().isAfter(clock.instant().plus(LEAST_LIFE))
                ? Optional.of(before)
                : current();
    }

    /** Completes when there is an issuer. */
    public CompletableFuture<Void> available() {
        return available.copy();
    }

    /** Registers a listener that is called, on the informer's thread, when the issuer is another. */
    public void onChange(Runnable listener) {
        listeners.add(listener);
    }

    @Override
    public void onAdd(Secret secret) {
        take(secret);
    }

    @Override
    public void onUpdate(Secret before, Secret now) {
        take(now);
    }

    @Override
    public void onDelete(Secret secret, boolean finalStateUnknown) {
        LOG.warnf("Secret %s was deleted; its last issuer stays in use", TrustSecrets.ISSUER);
    }

    private synchronized void take(Secret secret) {
        var data = secret.getData() == null ? Map.<String, String>of() : secret.getData();
        if (data.equals(read)) {
            return;
        }
        try {
            var now = read(data, TrustSecrets.CERTIFICATE, TrustSecrets.KEY);
            previous = data.containsKey(TrustSecrets.PREVIOUS_KEY)
                    ? read(data, TrustSecrets.PREVIOUS_CERTIFICATE, TrustSecrets.PREVIOUS_KEY)
                    : null;
            issuer = now;
        } catch (IllegalArgumentException e) {
            // Not the exception itself: a parser's message may quote the key.
            LOG.errorf("Secret %s holds no usable issuer; the last good one stays in use", TrustSecrets.ISSUER);
            return;
        }
        read = Map.copyOf(data);
        available.complete(null);
        listeners.forEach(Runnable::run);
    }

    private Issuer read(Map<String, String> data, String certificate, String key) {
        var domain = TrustSecrets.text(data, TrustSecrets.RECORD)
                .map(TrustRecord::read)
                .map(TrustRecord::trustDomain);
        var additional = TrustSecrets.text(data, TrustSecrets.ADDITIONAL)
                .map(Pem::readCertificates)
                .orElse(List.of());
        return new Issuer(
                KeyAndChain.fromPem(entry(data, certificate), entry(data, key)),
                Pem.readCertificates(entry(data, TrustSecrets.BUNDLE)),
                new Issuer.Scope(domain.orElse(null), additional),
                clock,
                random);
    }

    private static String entry(Map<String, String> data, String name) {
        return TrustSecrets.text(data, name).orElseThrow(() -> new IllegalArgumentException(name + " is missing"));
    }

    @Override
    public void close() {
        var started = informer;
        if (started != null) {
            started.close();
        }
    }
}
