// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.identity;

import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.Pod;
import dev.selvedge.operator.compile.CompileLoop;
import dev.selvedge.operator.identity.PodCertificateRequest.Verdict;
import dev.selvedge.reconciler.ingest.OptionalKind;
import dev.selvedge.reconciler.pki.Issuer;
import dev.selvedge.reconciler.pki.Lifespan;
import dev.selvedge.reconciler.proxy.ProxyVolumes;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.micrometer.core.instrument.MeterRegistry;
import java.security.PublicKey;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jboss.logging.Logger;

/**
 * Signs what kubelets ask for on behalf of the mesh's pods, on the replica that leads. It does so wherever the API server
 * offers it, also when no Mesh wishes it any more: pods that began with such a certificate renew it.
 */
public final class PodCertificateSigner implements AutoCloseable, OptionalKind.User {
    private static final Logger LOG = Logger.getLogger(PodCertificateSigner.class);
    private static final int AT_A_TIME = 4;
    private static final int UNPROCESSABLE = 422;
    private static final String VERSION = "v1beta1";
    private static final OptionalKind.Names REQUESTS = new OptionalKind.Names(
            "certificates.k8s.io", List.of(VERSION), "PodCertificateRequest", "podcertificaterequests", true);

    /** What it signs with, and how. */
    public record Means(
            Supplier<Optional<Issuer>> issuer, Supplier<Duration> lifetime, Clock clock, RandomGenerator random) {}

    private final KubernetesClient client;
    private final CompileLoop loop;
    private final Means means;
    private final MeterRegistry meters;
    private final OptionalKind requests;
    private final KubeletCertificates certificates = new KubeletCertificates();
    private final Set<String> underWay = ConcurrentHashMap.newKeySet();
    private final ExecutorService signing = Executors.newFixedThreadPool(
            AT_A_TIME, Thread.ofPlatform().daemon().name("pod-certificates-", 0).factory());
    private volatile BooleanSupplier leads = () -> false;

    public PodCertificateSigner(KubernetesClient client, CompileLoop loop, Means means, MeterRegistry meters) {
        this.client = client;
        this.loop = loop;
        this.means = means;
        this.meters = meters;
        this.requests = new OptionalKind(client, REQUESTS, this, means.clock);
    }

    /** Whether the API server offers PodCertificateRequests; empty before it has answered. */
    public Optional<Boolean> offered() {
        return requests.isKnown() ? Optional.of(requests.apiVersion().isPresent()) : Optional.empty();
    }

    /** The certificate that the kubelet of that pod keeps; empty when none was signed since this replica began. */
    public Optional<Lifespan> certificate(ObjectName pod, String uid) {
        return certificates.of(pod, uid);
    }

    /** Signs only while this says so. */
    public void signWhile(BooleanSupplier leader) {
        leads = leader;
    }

    /** Looks again at what is not answered; to be called every few seconds. */
    public void tick() {
        requests.tick();
        requests.objects().forEach(this::look);
        certificates.forget(
                pod -> loop.read(compilation -> compilation.pod(pod)).isPresent(), means.clock.instant());
    }

    @Override
    public SharedIndexInformer<GenericKubernetesResource> watch(ResourceDefinitionContext served) {
        return client.genericKubernetesResources(served)
                .inAnyNamespace()
                .withField("spec.signerName", ProxyVolumes.SIGNER)
                .runnableInformer(0);
    }

    @Override
    public void answered() {
        // Whoever wants to know asks.
    }

    @Override
    public void onAdd(GenericKubernetesResource request) {
        certificates.saw(request);
        look(request);
    }

    @Override
    public void onUpdate(GenericKubernetesResource before, GenericKubernetesResource now) {
        certificates.saw(now);
        look(now);
    }

    @Override
    public void onDelete(GenericKubernetesResource request, boolean finalStateUnknown) {
        // Kubelets take back what they do not need any more.
    }

    private void look(GenericKubernetesResource object) {
        var uid = object.getMetadata().getUid();
        if (!leads.getAsBoolean()) {
            return;
        }
        var pending = PodCertificateRequest.pending(object);
        if (pending.isPresent() && underWay.add(uid)) {
            signing.execute(() -> {
                try {
                    means.issuer.get().ifPresent(issuer -> answer(object, pending.get(), issuer));
                } catch (RuntimeException e) {
                    LOG.warnf(
                            "PodCertificateRequest %s/%s is not answered yet: %s",
                            object.getMetadata().getNamespace(),
                            object.getMetadata().getName(),
                            e.getMessage());
                } finally {
                    underWay.remove(uid);
                }
            });
        }
    }

    private void answer(GenericKubernetesResource object, PodCertificateRequest request, Issuer issuer) {
        var now = means.clock.instant();
        Optional<Pod> pod = loop.read(compilation -> compilation.pod(request.pod()));
        // In the trust domain that the issuer signs for, which may be another than the Mesh says while it moves.
        Optional<String> identity = loop.read(compilation -> compilation.identity(request.pod()))
                .map(found -> found.in(issuer.trustDomain(found.domains().own())));
        switch (request.judge(pod, identity, now)) {
            case Verdict.Wait() -> LOG.debugf("pod %s is waited for", request.pod());
            case Verdict.Deny(var reason, var message) -> {
                write(object, PodCertificateStatus.denied(reason, message, now));
                count("denied", reason);
            }
            case Verdict.Sign(var key, var spiffeId, var longest) -> {
                var wished = means.lifetime.get();
                var lifetime = shorter(shorter(wished, longest), KubeletCertificate.LONGEST);
                // What the API server's clock says at least: ours may be behind it.
                var from = now.isBefore(request.createdAt()) ? request.createdAt() : now;
                sign(object, issuer, new Certified(key, spiffeId, lifetime, from));
            }
        }
    }

    /** @param from when it is signed */
    private record Certified(PublicKey key, String spiffeId, Duration lifetime, Instant from) {}

    private void sign(GenericKubernetesResource object, Issuer issuer, Certified certified) {
        for (var attempts = PodCertificateStatus.BACKDATED.iterator(); attempts.hasNext(); ) {
            var begin = certified.from.minus(attempts.next()).truncatedTo(ChronoUnit.SECONDS);
            var issued = PodCertificateStatus.issued(
                    issuer, certified.key, certified.spiffeId, certified.lifetime, begin, certified.from, means.random);
            if (issued.isEmpty()) {
                LOG.debugf("the issuer ends too soon to sign for %s", certified.spiffeId);
                return;
            }
            try {
                write(object, issued.get());
                meters.counter("selvedge.certificates.issued", "purpose", "kubelet")
                        .increment();
                return;
            } catch (KubernetesClientException e) {
                if (e.getCode() != UNPROCESSABLE || !attempts.hasNext()) {
                    throw e;
                }
            }
        }
    }

    private static Duration shorter(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }

    private void count(String what, String reason) {
        meters.counter("selvedge.certificates." + what, "reason", reason).increment();
    }

    private void write(GenericKubernetesResource object, Map<String, Object> status) {
        var answered = client.getKubernetesSerialization().clone(object);
        answered.setAdditionalProperty("status", status);
        client.genericKubernetesResources(REQUESTS.in(VERSION))
                .inNamespace(object.getMetadata().getNamespace())
                .resource(answered)
                .updateStatus();
    }

    @Override
    public void close() {
        signing.shutdownNow();
        requests.close();
    }
}
