// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator;

import dev.selvedge.reconciler.pki.Authority;
import dev.selvedge.reconciler.pki.KeyAndChain;
import dev.selvedge.reconciler.pki.Pem;
import dev.selvedge.reconciler.pki.TrustSecrets;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;

/** One replica of the operator as it is wired, but for the reconcilers, on a free port. */
public final class Replica implements AutoCloseable {
    /** The host name in its certificate. */
    public static final String HOST = settings("any").host();

    /** Shorter than in earnest. */
    public static final Duration READER_PATIENCE = Duration.ofSeconds(8);

    public static final String NAMESPACE = settings("any").namespace();

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final Vertx vertx = Vertx.vertx();
    private final ControlPlane controlPlane;
    private final LeaseElection election;

    /** @param pod the replica's name */
    public Replica(KubernetesClient client, String pod, Clock clock) throws IOException {
        var settings = settings(pod);
        controlPlane = new ControlPlane(
                client,
                meters,
                vertx,
                clock,
                settings,
                new Meshes(client, settings),
                new ControlPlane.Tuning(0, 0, READER_PATIENCE));
        election = new LeaseElection(client, settings, meters);
    }

    private static Settings settings(String pod) {
        return new Settings("selvedge-system", pod, "operator:test", "proxy:test", "ratelimit:test");
    }

    /**
     * Puts an issuer where replicas find it; their namespace is there.
     *
     * @return its trust anchor
     */
    public static KeyAndChain giveIssuer(KubernetesClient client) {
        var authority = new Authority(Clock.systemUTC(), new SecureRandom());
        var anchor = authority.createAnchor("cluster.local", Duration.ofDays(30));
        var issuer = authority.signIssuer(anchor, "cluster.local", Duration.ofDays(7));
        client.resource(new SecretBuilder()
                        .withNewMetadata()
                        .withNamespace(NAMESPACE)
                        .withName(TrustSecrets.ISSUER)
                        .endMetadata()
                        .addToStringData(TrustSecrets.CERTIFICATE, issuer.chainPem())
                        .addToStringData(TrustSecrets.KEY, issuer.keyPem())
                        .addToStringData(TrustSecrets.BUNDLE, Pem.write(List.of(anchor.certificate())))
                        .build())
                .forceConflicts()
                .serverSideApply();
        return anchor;
    }

    /** Serves; does not stand for election. */
    public Replica start() {
        controlPlane.start();
        return this;
    }

    public LeaseElection election() {
        return election;
    }

    public void standForElection() {
        election.start();
    }

    public boolean isReady() {
        return controlPlane.isReady();
    }

    public int port() {
        return controlPlane.port();
    }

    /** 0 before the webhooks are served. */
    public int webhookPort() {
        return controlPlane.webhookPort();
    }

    /** The sum of all counters and gauges of a name. */
    public double metric(String name) {
        return meters.find(name).meters().stream()
                .mapToDouble(meter -> meter.measure().iterator().next().getValue())
                .sum();
    }

    @Override
    public void close() {
        election.stop();
        try {
            controlPlane.stop();
        } catch (Exception e) {
            throw new IllegalStateException("the replica did not stop", e);
        }
        vertx.close();
    }
}
