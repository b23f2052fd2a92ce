// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator;

import dev.selvedge.compiler.IncrementalCompiler;
import dev.selvedge.compiler.policy.Validation;
import dev.selvedge.compiler.snapshot.Change;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.operator.compile.CompileLoop;
import dev.selvedge.operator.delivery.Ledger;
import dev.selvedge.operator.delivery.PeerCredentials;
import dev.selvedge.operator.delivery.PeerService;
import dev.selvedge.operator.delivery.Peers;
import dev.selvedge.operator.delivery.ReplicatedState;
import dev.selvedge.operator.delivery.Settling;
import dev.selvedge.operator.effective.Access;
import dev.selvedge.operator.effective.EffectiveEndpoint;
import dev.selvedge.operator.identity.CallerInterceptor;
import dev.selvedge.operator.identity.ExpiryLog;
import dev.selvedge.operator.identity.ExpiryMetrics;
import dev.selvedge.operator.identity.IssuerWatch;
import dev.selvedge.operator.identity.PodCertificateSigner;
import dev.selvedge.operator.identity.ProxyAdmission;
import dev.selvedge.operator.identity.ServingKeyManager;
import dev.selvedge.operator.identity.TokenAuthenticator;
import dev.selvedge.operator.identity.TokenReviews;
import dev.selvedge.operator.identity.WorkloadCertificates;
import dev.selvedge.operator.topology.AllowedCalls;
import dev.selvedge.operator.topology.Calls;
import dev.selvedge.operator.webhook.PodAdmission;
import dev.selvedge.operator.webhook.PolicyAdmission;
import dev.selvedge.operator.webhook.WebhookServer;
import dev.selvedge.operator.xds.DeltaAds;
import dev.selvedge.operator.xds.LoadReports;
import dev.selvedge.operator.xds.XdsServer;
import dev.selvedge.reconciler.ingest.ClusterWatch;
import dev.selvedge.reconciler.injection.WebhookConfigurations;
import dev.selvedge.reconciler.mesh.Membership;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Vertx;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jboss.logging.Logger;

/**
 * What every replica runs, leader or not: informers feed the compile loop, the loop feeds the xDS streams and the ledger,
 * and the webhooks answer.
 */
@Singleton
public final class ControlPlane {
    private static final Logger LOG = Logger.getLogger(ControlPlane.class);
    private static final Duration POD_PATIENCE = Duration.ofSeconds(5);
    /** How long a proxy may take to come back, to this replica or another, before it counts as pending. */
    private static final Duration GRACE = Duration.ofSeconds(5);

    /** How often a proxy tells whom it calls. */
    private static final Duration LOAD_REPORTS = Duration.ofMinutes(1);

    private static final long TICK_SECONDS = 2;

    private final ClusterWatch watch;
    private final CompileLoop loop;
    private final Ledger ledger;
    private final ReplicatedState state;
    private final PeerService peerService;
    private final Peers peers;
    private final IssuerWatch issuers;
    private final ServingKeyManager keys;
    private final ExpiryLog expiry;
    private final PodCertificateSigner signer;
    private final Meshes meshes;
    private final Membership membership = new Membership();
    private final Calls calls;
    private final AllowedCalls allowedCalls;
    private final DeltaAds ads;
    private final XdsServer xds;
    private final WebhookServer webhooks;
    private final KubernetesClient client;
    private final Settings settings;
    private final List<Runnable> others = new CopyOnWriteArrayList<>();
    private final ScheduledExecutorService ticker = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("tick").daemon().factory());
    private final Heap heap = Heap.own();

    @Inject
    ControlPlane(
            KubernetesClient client, MeterRegistry meters, Vertx vertx, Clock clock, Settings settings, Meshes meshes)
            throws IOException {
        this(client, meters, vertx, clock, settings, meshes, Tuning.OWN);
    }

    /**
     * @param xdsPort 0 is any free one
     * @param webhookPort 0 is any free one
     * @param readerPatience how long a proxy may take nothing of what is ready for it
     */
    record Tuning(int xdsPort, int webhookPort, Duration readerPatience) {
        static final Tuning OWN = new Tuning(XdsServer.PORT, Settings.WEBHOOK_PORT, Duration.ofSeconds(30));
    }

    ControlPlane(
            KubernetesClient client,
            MeterRegistry meters,
            Vertx vertx,
            Clock clock,
            Settings settings,
            Meshes meshes,
            Tuning tuning)
            throws IOException {
        this.client = client;
        this.settings = settings;
        this.meshes = meshes;
        var random = new SecureRandom();
        var steady = new SteadyClock(clock);
        ledger = new Ledger(steady, GRACE);
        // The loop asks the watch whether it has synced, and the watch submits to the loop.
        var started = new AtomicReference<ClusterWatch>();
        loop = new CompileLoop(
                new IncrementalCompiler(),
                () -> Optional.ofNullable(started.get())
                        .map(ClusterWatch::hasSynced)
                        .orElse(false),
                meters);
        watch = new ClusterWatch(client, clock, this::take);
        started.set(watch);
        issuers = new IssuerWatch(clock, random);
        signer = new PodCertificateSigner(
                client,
                loop,
                new PodCertificateSigner.Means(issuers::current, meshes::workloadLifetime, clock, random),
                meters);
        meshes.podCertificates(signer::offered);
        keys = new ServingKeyManager(issuers::serving, settings.hosts(), clock, meters);
        expiry = new ExpiryLog(issuers::current, clock);
        var authenticator = new TokenAuthenticator(TokenReviews.by(client), clock, steady);
        calls = new Calls(name -> loop.read(compilation -> compilation.behind(name)), meters, steady);
        allowedCalls = new AllowedCalls(loop, meters, steady);
        var admission = new ProxyAdmission(loop, POD_PATIENCE);
        ads = new DeltaAds(
                loop,
                admission,
                new WorkloadCertificates(issuers::current, meshes::workloadLifetime, clock, random, meters),
                ledger,
                calls,
                new DeltaAds.Surroundings(
                        Executors.newFixedThreadPool(
                                Math.max(2, Runtime.getRuntime().availableProcessors()),
                                Thread.ofPlatform().name("xds-", 0).daemon().factory()),
                        clock,
                        steady,
                        authenticator::answers,
                        random,
                        meters),
                tuning.readerPatience());
        peerService = new PeerService(ledger, calls, ads::isCrowd, settings.serviceAccount(), ticker, meters);
        xds = new XdsServer(
                new InetSocketAddress(tuning.xdsPort()),
                keys,
                new CallerInterceptor(authenticator, meters),
                List.of(ads, new LoadReports(admission, ads, calls, LOAD_REPORTS, steady, meters), peerService),
                meters);
        state = new ReplicatedState(
                ledger,
                new ReplicatedState.Pods(name -> loop.read(compilation -> compilation.pod(name)), signer::certificate),
                ticker,
                steady,
                GRACE,
                new Settling(this::expectedProxies),
                allowedCalls,
                calls,
                ads::isCrowd);
        ExpiryMetrics.register(meters, issuers, keys, () -> state.fleet().firstCertificateEnd());
        peers = new Peers(settings.pod(), XdsServer.PORT, this::peerCredentials, state, ticker);
        webhooks = new WebhookServer(
                vertx,
                keys,
                tuning.webhookPort(),
                Map.of(
                        WebhookConfigurations.INJECT_PATH,
                        new PodAdmission(meshes::injection, this::namespaceLabels),
                        WebhookConfigurations.VALIDATE_PATH,
                        new PolicyAdmission(Validation::check)),
                Map.of(
                        EffectiveEndpoint.PATH,
                        new EffectiveEndpoint(loop, new Access(Access.Reviews.by(client), steady))),
                meters);
    }

    private Optional<PeerCredentials> peerCredentials() {
        return issuers.current().flatMap(issuer -> settings.token()
                .map(token -> new PeerCredentials(settings.host(), issuer.anchors(), token)));
    }

    private Optional<Set<ObjectName>> expectedProxies() {
        return loop.isReady() && peers.hasSynced() ? Optional.of(membership.proxies()) : Optional.empty();
    }

    private void take(List<Change> changes) {
        loop.submit(changes);
        membership.accept(changes);
    }

    /** A namespace may have been created a moment ago, so the API server is asked. */
    private Map<String, String> namespaceLabels(String namespace) {
        var found = client.namespaces().withName(namespace).get();
        return found == null || found.getMetadata().getLabels() == null
                ? Map.of()
                : found.getMetadata().getLabels();
    }

    /** Begins to watch, compile and serve. */
    public void start() {
        meshes.start();
        loop.start(List.of(ads, ledger, allowedCalls));
        issuers.onChange(ads::issuerChanged);
        issuers.start(client, settings.namespace());
        signer.tick();
        ticker.execute(this::watchCluster);
        xds.openAfter(loop.ready(), issuers.available());
        peers.start(client, settings.namespace(), Settings.NAME);
        issuers.available().thenRunAsync(webhooks::start).exceptionally(failure -> {
            LOG.error("the webhooks do not start", failure);
            return null;
        });
        ticker.scheduleWithFixedDelay(this::tick, TICK_SECONDS, TICK_SECONDS, TimeUnit.SECONDS);
    }

    /** The API server is asked first what it serves, and may be away or slow: then it is asked again. */
    private void watchCluster() {
        try {
            watch.start();
        } catch (KubernetesClientException e) {
            LOG.warnf("the cluster cannot be watched yet: %s", e.getMessage());
            ticker.schedule(this::watchCluster, TICK_SECONDS, TimeUnit.SECONDS);
        }
    }

    private void tick() {
        try {
            watch.tick();
            keys.renew();
            expiry.tick();
            signer.tick();
            ads.tick();
            ledger.tick();
            peerService.tick();
            state.tick();
            calls.tick();
            allowedCalls.tick();
            others.forEach(Runnable::run);
            giveBack();
        } catch (RuntimeException e) {
            // The scheduler would never call again.
            LOG.error("renewal was interrupted and is tried again", e);
        }
    }

    /** Not while the cluster is read or many proxies come: what is made then lives. */
    private void giveBack() {
        if (isReady() && !ads.isCrowd()) {
            heap.giveBack();
        }
    }

    /** Has something else called every few seconds, too; it must not block. */
    void alsoTick(Runnable other) {
        others.add(other);
    }

    /** Whether this replica knows the cluster, and serves if there is an issuer to serve with. */
    public boolean isReady() {
        return loop.isReady() && issuers.hasSynced() && (issuers.current().isEmpty() || xds.isServing());
    }

    /** The port that serves xDS, once it is open. */
    int port() {
        return xds.port();
    }

    /** The port that serves the webhooks, and what is read; 0 before it is open. */
    int webhookPort() {
        return webhooks.port();
    }

    /** What the proxies of all replicas acknowledged. */
    public ReplicatedState state() {
        return state;
    }

    /** The certificate of this replica's servers, xDS and webhooks; empty before there is an issuer. */
    public Optional<X509Certificate> servingCertificate() {
        return keys.certificate();
    }

    /** Signs what kubelets ask for. */
    public PodCertificateSigner signer() {
        return signer;
    }

    /** Who belongs to the mesh. */
    public Membership membership() {
        return membership;
    }

    @PreDestroy
    void stop() throws Exception {
        // The streams that end still book with the ledger, which tells by the ticker.
        xds.close();
        peers.close();
        ticker.shutdownNow();
        watch.close();
        issuers.close();
        signer.close();
        meshes.close();
    }
}
