// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.xds;

import dev.selvedge.compiler.snapshot.Kind;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.Pod;
import dev.selvedge.operator.compile.CompileLoop;
import dev.selvedge.operator.compile.Update;
import dev.selvedge.operator.delivery.Ledger;
import dev.selvedge.operator.identity.Caller;
import dev.selvedge.operator.identity.CallerInterceptor;
import dev.selvedge.operator.identity.ProxyAdmission;
import dev.selvedge.operator.identity.Refusal;
import dev.selvedge.operator.identity.WorkloadCertificates;
import dev.selvedge.operator.topology.Calls;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.grpc.BindableService;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;

/** The aggregated discovery service in its incremental form: one stream per proxy, for all types. */
public final class DeltaAds implements BindableService, CompileLoop.Listener {
    private static final MethodDescriptor<DeltaDiscoveryRequest, EncodedResponse> DELTA =
            AggregatedDiscoveryServiceGrpc.getDeltaAggregatedResourcesMethod().toBuilder(
                            ProtoUtils.marshaller(DeltaDiscoveryRequest.getDefaultInstance()),
                            new EncodedResponse.Marshaller())
                    .build();

    /**
     * @param sending runs what streams have to send; about as many threads as cores, so that the first finish first
     * @param clock tells the time of day, for certificates
     * @param steady is never set: a step of the clock must not disconnect anybody
     * @param reviews asks whether tokens are reviewed at the moment; blocks
     */
    public record Surroundings(
            Executor sending,
            Clock clock,
            Clock steady,
            BooleanSupplier reviews,
            RandomGenerator random,
            MeterRegistry meters) {}

    /** @param closeAt by the steady clock; a little before the proxy's token ends */
    private record Connected(ProxyStream stream, String uid, Connection connection, Instant closeAt) {}

    private final CompileLoop loop;
    private final ProxyAdmission admission;
    private final WorkloadCertificates certificates;
    private final Ledger ledger;
    private final Calls calls;
    private final Surroundings surroundings;
    private final Duration readerPatience;
    private final Host host;
    private final Beginners beginners = new Beginners();
    private final Map<ObjectName, Connected> streams = new ConcurrentHashMap<>();
    private final AtomicBoolean asking = new AtomicBoolean();
    private final AtomicInteger overdue = new AtomicInteger();

    /** @param readerPatience how long a proxy may take nothing of what is ready for it */
    public DeltaAds(
            CompileLoop loop,
            ProxyAdmission admission,
            WorkloadCertificates certificates,
            Ledger ledger,
            Calls calls,
            Surroundings surroundings,
            Duration readerPatience) {
        this.loop = loop;
        this.admission = admission;
        this.certificates = certificates;
        this.ledger = ledger;
        this.calls = calls;
        this.surroundings = surroundings;
        this.readerPatience = readerPatience;
        this.host = new Host(new XdsMetrics(surroundings.meters(), streams::size, overdue::get));
    }

    private final class Host implements ProxyStream.Host {
        private final XdsMetrics metrics;

        Host(XdsMetrics metrics) {
            this.metrics = metrics;
        }

        @Override
        public Executor executor() {
            return surroundings.sending();
        }

        @Override
        public XdsMetrics metrics() {
            return metrics;
        }

        @Override
        public Instant now() {
            return surroundings.clock().instant();
        }

        @Override
        public void calls(ProxyStream stream, List<String> names) {
            loop.read(compilation -> compilation.pod(stream.pod()))
                    .map(Pod::account)
                    .ifPresent(caller -> calls.begin(caller, names));
        }

        @Override
        public void served(ProxyStream stream) {
            beginners.done(stream, surroundings.steady().instant());
        }

        @Override
        public void ended(ProxyStream stream) {
            beginners.done(stream, surroundings.steady().instant());
            streams.computeIfPresent(stream.pod(), (_, connected) -> connected.stream() == stream ? null : connected);
        }
    }

    @Override
    public ServerServiceDefinition bindService() {
        return ServerServiceDefinition.builder(AggregatedDiscoveryServiceGrpc.SERVICE_NAME)
                .addMethod(DELTA, ServerCalls.asyncBidiStreamingCall(this::open))
                .build();
    }

    private StreamObserver<DeltaDiscoveryRequest> open(StreamObserver<EncodedResponse> observer) {
        var out = (ServerCallStreamObserver<EncodedResponse>) observer;
        try {
            var caller = CallerInterceptor.caller();
            return connect(admission.admit(caller), caller, out);
        } catch (Refusal refusal) {
            refusal.count(surroundings.meters());
            out.onError(refusal.status().asRuntimeException());
            return new Ignored<>();
        }
    }

    private ProxyStream connect(Pod pod, Caller caller, ServerCallStreamObserver<EncodedResponse> out) {
        var source = new PodSource(pod.name(), loop, certificates);
        var account = ledger.connected(pod.name(), pod.uid());
        var connection = Connections.current();
        var transport = new ProxyStream.Transport(out, connection);
        var stream = new ProxyStream(pod.name(), source, account, transport, host);
        out.setOnReadyHandler(stream::wake);
        out.setOnCancelHandler(stream::end);
        var before = streams.put(pod.name(), new Connected(stream, pod.uid(), connection, closeAt(caller)));
        if (before != null) {
            before.stream().close(Status.ABORTED.withDescription("the proxy has opened another stream"));
        }
        // The pod may have gone since it was admitted, and the update been told before the stream was registered.
        var now = loop.read(compilation -> compilation.pod(pod.name()));
        ledger.touched(pod.name(), now);
        touched(pod.name(), now);
        stream.registered();
        beginners.add(stream, surroundings.steady().instant());
        return stream;
    }

    /**
     * Between 85 and 95 % of the token's life: kubelet writes the next one at 80 %, and nobody comes back together. What
     * is left of its life is read off the clock once, when the API server has just vouched for the token.
     */
    private Instant closeAt(Caller caller) {
        var now = surroundings.clock().instant();
        var life = Duration.between(caller.issuedAt(), caller.expiresAt());
        var before = Duration.ofMillis(
                (long) (life.toMillis() * (0.05 + 0.1 * surroundings.random().nextDouble())));
        var closeAt = caller.expiresAt().minus(before);
        var halfOfRest = now.plus(Duration.between(now, caller.expiresAt()).dividedBy(2));
        var left = Duration.between(now, closeAt.isAfter(halfOfRest) ? closeAt : halfOfRest);
        return surroundings.steady().instant().plus(left);
    }

    /** Whether a proxy gets its configuration over this connection. */
    boolean configures(ObjectName pod, Connection connection) {
        var connected = streams.get(pod);
        return connected != null && connected.connection().equals(connection);
    }

    /** Whether many proxies come at the moment; see {@link Beginners}. */
    public boolean isCrowd() {
        return beginners.isCrowd(surroundings.steady().instant());
    }

    @Override
    public void updated(Update update) {
        update.pods().forEach(this::touched);
        streams.values().forEach(connected -> connected.stream().updated(update));
        if (update.outcomes().keySet().stream().anyMatch(object -> object.kind() == Kind.MESH)) {
            // The trust domains that it accepts may be others. After the rest, which is then booked before this is
            // told.
            issuerChanged();
        }
    }

    private void touched(ObjectName name, Optional<Pod> pod) {
        var connected = streams.get(name);
        if (connected != null && !pod.map(Pod::uid).equals(Optional.of(connected.uid()))) {
            connected.stream().close(Status.PERMISSION_DENIED.withDescription("the pod is gone"));
        }
    }

    /** The issuer is another: every proxy gets a certificate of it and the anchors that go with it. */
    public void issuerChanged() {
        streams.values().forEach(connected -> surroundings.sending().execute(connected.stream()::renew));
    }

    /** Renews certificates, ends streams that are due, gives up readers that stall. To be called every few seconds. */
    public void tick() {
        var now = surroundings.clock().instant();
        var steady = surroundings.steady().instant();
        beginners.tick(steady);
        var due = new ArrayList<ProxyStream>();
        streams.values().forEach(connected -> {
            connected.stream().checkReader(steady, readerPatience);
            if (!steady.isBefore(connected.closeAt())) {
                due.add(connected.stream());
            }
            if (!now.isBefore(connected.stream().renewAt())) {
                surroundings.sending().execute(connected.stream()::renew);
            }
        });
        end(due);
    }

    /**
     * Ends streams whose tokens end, if those who come back with fresh ones can be let in. While the API server is away
     * they could not, and would go without new certificates; nor is there anybody then who could take their pods away.
     */
    private void end(List<ProxyStream> due) {
        if (due.isEmpty()) {
            overdue.set(0);
        } else if (asking.compareAndSet(false, true)) {
            Thread.startVirtualThread(() -> {
                try {
                    boolean reviewed = surroundings.reviews().getAsBoolean();
                    overdue.set(reviewed ? 0 : due.size());
                    if (reviewed) {
                        due.forEach(stream -> stream.close(Status.OK));
                    }
                } finally {
                    asking.set(false);
                }
            });
        }
    }
}
