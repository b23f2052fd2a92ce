// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.identity;

import dev.selvedge.compiler.snapshot.Pod;
import dev.selvedge.operator.compile.CompileLoop;
import dev.selvedge.operator.identity.PodCertificateRequest.Verdict;
import dev.selvedge.reconciler.pki.Issuer;
import dev.selvedge.reconciler.proxy.ProxyVolumes;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Signs what kubelets ask for on behalf of the mesh's pods, on the replica that leads. It does so wherever the API server
 * offers it, also when no Mesh wishes it any more: pods that began with such a certificate renew it.
 */
public final class PodCertificateSigner implements AutoCloseable, ResourceEventHandler<GenericKubernetesResource> {
    private static final Logger LOG = Logger.getLogger(PodCertificateSigner.class);
    private static final String API = "certificates.k8s.io/v1beta1";
    private static final Duration ASK_AGAIN = Duration.ofMinutes(1);
    private static final int AT_A_TIME = 4;
    private static final ResourceDefinitionContext REQUESTS = new ResourceDefinitionContext.Builder()
            .withGroup("certificates.k8s.io")
            .withVersion("v1beta1")
            .withKind("PodCertificateRequest")
            .withPlural("podcertificaterequests")
            .withNamespaced(true)
            .build();

    /** What it signs with, and how. */
    public record Means(
            Supplier<Optional<Issuer>> issuer, Supplier<Duration> lifetime, Clock clock, RandomGenerator random) {}

    private final KubernetesClient client;
    private final CompileLoop loop;
    private final Means means;
    private final MeterRegistry meters;
    private final Set<String> underWay = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean asking = new AtomicBoolean();
    private final ExecutorService signing = Executors.newFixedThreadPool(
            AT_A_TIME, Thread.ofPlatform().daemon().name("pod-certificates-", 0).factory());
    private volatile BooleanSupplier leads = () -> false;
    private volatile Instant askAt = Instant.MIN;
    private volatile @Nullable SharedIndexInformer<GenericKubernetesResource> informer;

    public PodCertificateSigner(KubernetesClient client, CompileLoop loop, Means means, MeterRegistry meters) {
        this.client = client;
        this.loop = loop;
        this.means = means;
        this.meters = meters;
    }

    /** Whether the API server offers PodCertificateRequests; empty before it was asked. */
    public Optional<Boolean> offered() {
        return askAt.equals(Instant.MIN) ? Optional.empty() : Optional.of(informer != null);
    }

    /** Signs only while this says so. */
    public void signWhile(BooleanSupplier leader) {
        leads = leader;
    }

    /** Asks the API server what it offers; blocks. */
    public synchronized void discover() {
        var resources = client.getApiResources(API);
        var offered = resources != null
                && resources.getResources().stream()
                        .anyMatch(resource -> resource.getName().equals(REQUESTS.getPlural()));
        if (offered && informer == null) {
            LOG.infof("%s %s are served", API, REQUESTS.getPlural());
            informer = watch();
        } else if (!offered && informer != null) {
            LOG.infof("%s %s are no longer served", API, REQUESTS.getPlural());
            close(informer);
        }
        askAt = means.clock.instant().plus(ASK_AGAIN);
    }

    private SharedIndexInformer<GenericKubernetesResource> watch() {
        var started = client.genericKubernetesResources(REQUESTS)
                .inAnyNamespace()
                .withField("spec.signerName", ProxyVolumes.SIGNER)
                .runnableInformer(0);
        started.exceptionHandler((_, _) -> true);
        started.addEventHandler(this);
        started.start();
        return started;
    }

    /** Looks again at what is not answered; to be called every few seconds. */
    public void tick() {
        if (!means.clock.instant().isBefore(askAt) && asking.compareAndSet(false, true)) {
            Thread.startVirtualThread(this::discoverAgain);
        }
        var started = informer;
        if (started != null) {
            started.getIndexer().list().forEach(this::look);
        }
    }

    private void discoverAgain() {
        try {
            discover();
        } catch (KubernetesClientException e) {
            LOG.debugf("what the API server offers is not known: %s", e.getMessage());
        } finally {
            asking.set(false);
        }
    }

    @Override
    public void onAdd(GenericKubernetesResource request) {
        look(request);
    }

    @Override
    public void onUpdate(GenericKubernetesResource before, GenericKubernetesResource now) {
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
            case Verdict.Sign(var key, var spiffeId) -> {
                var wished = means.lifetime.get();
                var lifetime = shorter(shorter(wished, request.longest()), KubeletCertificate.LONGEST);
                PodCertificateStatus.issued(issuer, key, spiffeId, lifetime, now, means.random)
                        .ifPresentOrElse(
                                issued -> {
                                    write(object, issued);
                                    meters.counter("selvedge.certificates.issued", "purpose", "kubelet")
                                            .increment();
                                },
                                () -> LOG.debugf("the issuer ends too soon to sign for pod %s", request.pod()));
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
        client.genericKubernetesResources(REQUESTS)
                .inNamespace(object.getMetadata().getNamespace())
                .resource(answered)
                .updateStatus();
    }

    private void close(SharedIndexInformer<GenericKubernetesResource> started) {
        started.close();
        informer = null;
    }

    @Override
    public synchronized void close() {
        signing.shutdownNow();
        if (informer != null) {
            close(informer);
        }
    }
}
