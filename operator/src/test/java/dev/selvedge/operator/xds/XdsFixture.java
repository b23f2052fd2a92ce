// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.xds;

import dev.selvedge.compiler.Compilation;
import dev.selvedge.compiler.resource.Resource;
import dev.selvedge.compiler.snapshot.Change;
import dev.selvedge.compiler.snapshot.Kind;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.ObjectRef;
import dev.selvedge.compiler.snapshot.Pod;
import dev.selvedge.operator.compile.CompileLoop;
import dev.selvedge.operator.compile.StubCompilation;
import dev.selvedge.operator.delivery.Ledger;
import dev.selvedge.operator.delivery.PeerService;
import dev.selvedge.operator.identity.CallerInterceptor;
import dev.selvedge.operator.identity.ProxyAdmission;
import dev.selvedge.operator.identity.ServingKeyManager;
import dev.selvedge.operator.identity.TokenAuthenticator;
import dev.selvedge.operator.identity.WorkloadCertificates;
import dev.selvedge.operator.topology.Calls;
import dev.selvedge.reconciler.pki.Authority;
import dev.selvedge.reconciler.pki.Cryptography;
import dev.selvedge.reconciler.pki.Issuer;
import io.fabric8.kubernetes.api.model.authentication.TokenReviewStatus;
import io.fabric8.kubernetes.api.model.authentication.TokenReviewStatusBuilder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;

/** The whole xDS server on loopback, with a mesh that the test makes up and an API server that knows our tokens. */
final class XdsFixture implements AutoCloseable {
    static final String SERVER_NAME = "selvedge.selvedge-system.svc";
    static final ObjectName OPERATOR = new ObjectName("selvedge-system", "selvedge");
    /** Where proxies of this machine find what the kubelet would make. */
    static final String CREDENTIALS = System.getProperty("java.io.tmpdir") + "/selvedge-credentials-"
            + ProcessHandle.current().pid();

    /** As short as Envoy takes it. */
    static final Duration LOAD_REPORTS = Duration.ofSeconds(1);

    static final Duration READER_PATIENCE = Duration.ofSeconds(30);
    private static final SecureRandom RANDOM = new SecureRandom();

    static {
        // As the operator does it.
        Cryptography.install();
    }

    /** For all fixtures: the calls of a server that has stopped still end on it. */
    private static final ExecutorService SENDING = Executors.newFixedThreadPool(
            2, Thread.ofPlatform().daemon().name("sending-", 0).factory());

    private static final ScheduledExecutorService TIMER = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("timer").factory());

    final MutableClock clock = new MutableClock();
    final MutableClock steady = new MutableClock();
    /** By which reports come too early or not; real proxies keep to their own clock. */
    final MutableClock reports = new MutableClock();

    final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    final StubCompilation mesh;
    final Map<String, TokenReviewStatus> tokens = new ConcurrentHashMap<>();
    final CompileLoop loop;
    final Ledger ledger;
    final Calls calls;
    final DeltaAds ads;
    final PeerService peerService;
    final XdsServer server;
    volatile Issuer issuer;
    volatile boolean synced;
    volatile boolean apiServerAway;

    XdsFixture() throws IOException {
        this(new StubCompilation(), newIssuer(new MutableClock()), 0);
    }

    XdsFixture(StubCompilation mesh, Issuer issuer, int port) throws IOException {
        this(mesh, mesh, issuer, port, XdsServer.Limits.DEFAULT);
    }

    /** With the real compiler; {@link #mesh} is then not used. */
    XdsFixture(Compilation compilation) throws IOException {
        this(compilation, new StubCompilation(), newIssuer(new MutableClock()), 0, XdsServer.Limits.DEFAULT);
    }

    XdsFixture(XdsServer.Limits limits) throws IOException {
        this(new StubCompilation(), limits);
    }

    private XdsFixture(StubCompilation mesh, XdsServer.Limits limits) throws IOException {
        this(mesh, mesh, newIssuer(new MutableClock()), 0, limits);
    }

    private XdsFixture(Compilation compilation, StubCompilation mesh, Issuer issuer, int port, XdsServer.Limits limits)
            throws IOException {
        this.mesh = mesh;
        this.issuer = issuer;
        loop = new CompileLoop(compilation, () -> synced, meters);
        ledger = new Ledger(steady, Duration.ofSeconds(10));
        var certificates = new WorkloadCertificates(
                () -> Optional.of(this.issuer), () -> Duration.ofHours(24), clock, RANDOM, meters, CREDENTIALS);
        var authenticator = new TokenAuthenticator(this::review, clock, steady);
        calls = new Calls(name -> loop.read(found -> found.behind(name)), meters, steady);
        var admission = new ProxyAdmission(loop, Duration.ofSeconds(2));
        ads = new DeltaAds(
                loop,
                admission,
                certificates,
                ledger,
                calls,
                new DeltaAds.Surroundings(SENDING, clock, steady, authenticator::answers, RANDOM, meters),
                READER_PATIENCE);
        var keys = new ServingKeyManager(() -> Optional.of(this.issuer), List.of(SERVER_NAME), clock, meters);
        peerService = new PeerService(ledger, calls, ads::isCrowd, OPERATOR, TIMER, meters);
        server = new XdsServer(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
                keys,
                new CallerInterceptor(authenticator, meters),
                List.of(ads, new LoadReports(admission, ads, calls, LOAD_REPORTS, reports, meters), peerService),
                meters,
                limits);
        server.openAfter(loop.ready());
        loop.start(List.of(ads, ledger));
    }

    private TokenReviewStatus review(String token) {
        if (apiServerAway) {
            throw new IllegalStateException("no route to host");
        }
        return tokens.getOrDefault(token, new TokenReviewStatus());
    }

    static Issuer newIssuer(MutableClock clock) {
        return newIssuer(clock, Duration.ofDays(7));
    }

    static Issuer newIssuer(MutableClock clock, Duration lifetime) {
        var authority = new Authority(clock, RANDOM);
        var anchor = authority.createAnchor("cluster.local", Duration.ofDays(30));
        var issuer = authority.signIssuer(anchor, "cluster.local", lifetime);
        return new Issuer(issuer, List.of(anchor.certificate()), clock, RANDOM);
    }

    /** Opens the port and waits for it. */
    XdsFixture open() {
        synced = true;
        loop.ready().join();
        return this;
    }

    int port() {
        Await.until(server::isServing);
        return server.port();
    }

    List<X509Certificate> anchors() {
        return issuer.anchors();
    }

    /** Changes the mesh as if events had come in. */
    void change(Consumer<StubCompilation> change) {
        change.accept(mesh);
        loop.submit(List.of(new Change.Remove(ObjectRef.of(Kind.NAMESPACE, "", "none"))));
    }

    void put(Resource... resources) {
        change(all -> List.of(resources).forEach(all::put));
    }

    /** A pod with a sidecar that the informers have brought. */
    Pod pod(String namespace, String name, String serviceAccount) {
        var pod = newPod(namespace, name, serviceAccount);
        loop.submit(List.of(new Change.Put(pod)));
        return pod;
    }

    static Pod newPod(String namespace, String name, String serviceAccount) {
        return new Pod(
                new ObjectName(namespace, name),
                UUID.randomUUID().toString(),
                List.of("10.1.0.1"),
                Map.of(),
                serviceAccount,
                new Pod.Proxy.Sidecar());
    }

    void delete(Pod pod) {
        loop.submit(List.of(new Change.Remove(pod.ref())));
    }

    /** A token that the API server takes for a pod's own, good for an hour. */
    String token(Pod pod) {
        var token = jwt(clock.instant(), clock.instant().plusSeconds(3600));
        tokens.put(token, status(pod, "selvedge"));
        return token;
    }

    static TokenReviewStatus status(Pod pod, String audience) {
        return new TokenReviewStatusBuilder()
                .withAuthenticated(true)
                .withAudiences(audience)
                .withNewUser()
                .withUsername("system:serviceaccount:" + pod.name().namespace() + ":" + pod.serviceAccount())
                .addToExtra(
                        "authentication.kubernetes.io/pod-name",
                        List.of(pod.name().name()))
                .addToExtra("authentication.kubernetes.io/pod-uid", List.of(pod.uid()))
                .endUser()
                .build();
    }

    static String jwt(Instant issued, Instant expires) {
        var claims = "{\"iat\":%d,\"exp\":%d,\"jti\":\"%s\"}"
                .formatted(issued.getEpochSecond(), expires.getEpochSecond(), UUID.randomUUID());
        var body = Base64.getUrlEncoder().withoutPadding().encodeToString(claims.getBytes(StandardCharsets.UTF_8));
        return "e30." + body + ".c2ln";
    }

    /** Time passes. */
    void forward(Duration by) {
        clock.forward(by);
        steady.forward(by);
    }

    /** The next report is due. */
    void forwardReports() {
        reports.forward(LOAD_REPORTS);
    }

    double failures(String reason) {
        var counter = meters.find("selvedge.authentication.failures")
                .tag("reason", reason)
                .counter();
        return counter == null ? 0 : counter.count();
    }

    /** How often a limit was broken. */
    double refused(String reason) {
        var counter = meters.find("selvedge.xds.refused").tag("reason", reason).counter();
        return counter == null ? 0 : counter.count();
    }

    @Override
    public void close() {
        server.close();
        loop.close();
    }
}
