// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.xds;

import dev.selvedge.compiler.resource.ResourceType;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.operator.compile.Update;
import dev.selvedge.operator.delivery.Ledger;
import dev.selvedge.operator.delivery.Summary;
import dev.selvedge.operator.identity.WorkloadCertificates;
import dev.selvedge.reconciler.pki.IssuerEndedException;
import dev.selvedge.reconciler.trust.ProxyTrust;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The stream of one proxy. Requests and updates change the {@link ProxyState} under a lock, briefly; one task at a time
 * sends what the state has to say, as long as the transport takes it. A proxy that reads slowly holds nobody up.
 */
final class ProxyStream implements StreamObserver<DeltaDiscoveryRequest>, Beginners.Beginner {
    private static final Logger LOG = Logger.getLogger(ProxyStream.class);
    private static final Duration RENEWAL_RETRY = Duration.ofMinutes(1);

    /** What a stream needs of its server. */
    interface Host {
        Executor executor();

        XdsMetrics metrics();

        Instant now();

        /** The proxy of the stream calls what has these names for the first time. */
        void calls(ProxyStream stream, List<String> names);

        /** The stream has its first configuration. */
        void served(ProxyStream stream);

        void ended(ProxyStream stream);
    }

    private final ObjectName pod;
    private final PodSource source;
    private final Ledger.Account account;
    private final ServerCallStreamObserver<EncodedResponse> out;
    private final Connection connection;
    private final Host host;
    private final ReentrantLock lock = new ReentrantLock();
    private final ProxyState state;
    private final Stall stall = new Stall();
    private boolean sending;
    private boolean begun;
    private boolean served;
    private boolean greeted;
    private boolean member = true;

    private boolean ended;
    private @Nullable Status closing;
    private volatile Instant renewAt = Instant.MAX;

    /** @param connection below the stream, and only for it */
    record Transport(ServerCallStreamObserver<EncodedResponse> out, Connection connection) {}

    ProxyStream(ObjectName pod, PodSource source, Ledger.Account account, Transport transport, Host host) {
        this.pod = pod;
        this.source = source;
        this.account = account;
        this.out = transport.out();
        this.connection = transport.connection();
        this.host = host;
        this.state = new ProxyState(source, account);
    }

    @Override
    public void onNext(DeltaDiscoveryRequest message) {
        guarded(() -> {
            if (closing != null) {
                return;
            }
            if (!greeted) {
                greeted = true;
                account.version(version(message.getNode()));
            }
            ResourceType.ofTypeUrl(message.getTypeUrl())
                    .ifPresentOrElse(
                            type -> take(type, message), () -> host.metrics().refused("unknown-type"));
        });
    }

    private void take(ResourceType type, DeltaDiscoveryRequest message) {
        var excess = RequestLimits.check(message, state.ownNames()).orElse(null);
        if (excess != null) {
            host.metrics().refused(excess.reason());
            LOG.warnf("the stream of proxy %s is closed: %s", pod, excess.message());
            closing = Status.RESOURCE_EXHAUSTED.withDescription(excess.message());
            return;
        }
        var now = System.nanoTime();
        var request = Request.of(type, message);
        state.take(request, now).ifPresent(verdict -> judge(request, verdict, now));
        var calls = request.calls();
        if (!calls.isEmpty()) {
            host.calls(this, calls);
        }
        if (type == ResourceType.SECRET) {
            followRenewal();
        }
    }

    private void judge(Request request, Verdict verdict, long now) {
        host.metrics().answered(request.type(), verdict, now);
        if (verdict instanceof Verdict.Refused(var name)) {
            LOG.warnf("proxy %s refused %s %s: %s", pod, request.type(), name, request.error());
        }
    }

    private static String version(Node node) {
        var version = node.getUserAgentBuildVersion().getVersion();
        return version.getMajorNumber() + "." + version.getMinorNumber() + "." + version.getPatch();
    }

    /** From now on it hears of updates; what happened since the proxy was admitted it did not. */
    void registered() {
        guarded(() -> member = source.isMember());
    }

    /** Takes in what the compiler changed. Called on the compile loop's thread: no sending here. */
    void updated(Update update) {
        guarded(() -> {
            var own = update.pods().containsKey(pod);
            var now = own || update.moves() ? source.isMember() : member;
            if (member && now) {
                if (!own && !state.concerns(update)) {
                    return;
                }
                state.take(update);
                if (own) {
                    state.relabelled(update.since());
                }
            } else if (now) {
                // It missed what happened meanwhile; a new stream brings it up to date.
                closing = Status.UNAVAILABLE.withDescription("the pod is in the mesh again");
            }
            // A pod whose mesh is gone keeps its last configuration until it restarts.
            member = now;
        });
    }

    ObjectName pod() {
        return pod;
    }

    /** When the proxy's certificate is due for renewal. */
    Instant renewAt() {
        return renewAt;
    }

    /** Makes those secrets anew that are due or come from another issuer. */
    void renew() {
        guarded(() -> {
            try {
                for (var secret : state.secrets()) {
                    source.secret(secret.key().name(), secret.version())
                            .filter(now -> now.wire() != null)
                            .ifPresent(now -> state.renewed(now, System.nanoTime()));
                }
                followRenewal();
            } catch (IssuerEndedException e) {
                // That the issuer has ended is told once, and not for each of its proxies.
                LOG.debugf("the certificate of proxy %s is not renewed: %s", pod, e.getMessage());
                renewAt = host.now().plus(RENEWAL_RETRY);
            }
        });
    }

    private void followRenewal() {
        renewAt = state.secrets().stream()
                .filter(secret -> secret.key().name().equals(WorkloadCertificates.WORKLOAD))
                .map(secret -> WorkloadCertificates.renewAt(secret.version()))
                .findFirst()
                .orElse(Instant.MAX);
        trusts();
    }

    private void trusts() {
        var workload = state.held(WorkloadCertificates.WORKLOAD);
        var silent = served || state.isServed() ? ProxyTrust.NOTHING : ProxyTrust.UNKNOWN;
        account.certificate(
                workload.flatMap(WorkloadCertificates::lifespan),
                new Summary.Trust(
                        state.held(WorkloadCertificates.TRUST).orElse(silent),
                        workload.map(WorkloadCertificates::anchorOf).orElse(silent)));
    }

    /** Ends the stream; Envoy keeps its configuration and comes back if it may. */
    void close(Status status) {
        guarded(() -> closing = status);
    }

    /** It is this stream's turn to be sent something. */
    @Override
    public void begin() {
        guarded(() -> begun = true);
    }

    /** The transport takes more. */
    void wake() {
        guarded(stall::over);
    }

    /**
     * Gives up a proxy that has taken nothing for too long: what is queued for it is memory. It comes back, and gets
     * what it does not have. One that is slow is not given up: when this replica has little processor time, all are.
     *
     * @param now by a clock that nobody sets
     */
    void checkReader(Instant now, Duration patience) {
        lock.lock();
        try {
            if (ended || out.isReady()) {
                stall.over();
                return;
            }
            if (!stall.lasts(now, connection.taken(), patience)) {
                return;
            }
        } finally {
            lock.unlock();
        }
        LOG.warnf("proxy %s has taken nothing for %s and is disconnected", pod, patience);
        host.metrics().stalled();
        end();
        connection.hangUp();
    }

    private void guarded(Runnable change) {
        lock.lock();
        try {
            if (ended) {
                return;
            }
            change.run();
            account.commit();
        } catch (IssuerEndedException e) {
            // It asks for its first certificate, and comes back.
            closing = Status.UNAVAILABLE.withDescription(e.getMessage());
        } catch (RuntimeException e) {
            LOG.errorf(e, "the stream of proxy %s failed", pod);
            closing = Status.INTERNAL.withDescription("the stream failed");
        } finally {
            if (!ended && !sending && mayHaveNext()) {
                sending = true;
                host.executor().execute(this::send);
            }
            lock.unlock();
        }
    }

    /** False for most of what comes in: an acknowledgement of the last that was on its way. */
    private boolean mayHaveNext() {
        return closing != null || (begun && (!served || state.mayHaveNext()));
    }

    private void send() {
        try {
            for (var response = take(); response != null; response = take()) {
                var message = EncodedResponse.of(response);
                host.metrics().sent(response, message.size());
                out.onNext(message);
            }
        } catch (RuntimeException e) {
            LOG.errorf(e, "sending to proxy %s failed", pod);
            end();
            out.onError(Status.INTERNAL.withDescription("sending failed").asRuntimeException());
        }
    }

    /** The next response; null when this task is done. */
    private @Nullable Response take() {
        var first = false;
        lock.lock();
        try {
            if (ended) {
                return null;
            }
            if (closing != null) {
                finish(closing);
                return null;
            }
            var response = begun && member && out.isReady() ? state.next().orElse(null) : null;
            sending = response != null;
            first = begun && !served && response == null && state.isServed();
            served |= first;
            if (first) {
                // Now it is known whether it asks for secrets at all.
                trusts();
            }
            return response;
        } finally {
            lock.unlock();
            if (first) {
                host.served(this);
            }
        }
    }

    private void finish(Status status) {
        end();
        if (status.isOk()) {
            out.onCompleted();
        } else {
            out.onError(status.asRuntimeException());
        }
    }

    @Override
    public void onError(Throwable t) {
        end();
    }

    @Override
    public void onCompleted() {
        close(Status.OK);
    }

    /** The stream is over, whoever ended it. */
    void end() {
        lock.lock();
        try {
            if (ended) {
                return;
            }
            ended = true;
            state.close();
        } finally {
            lock.unlock();
        }
        account.disconnected();
        host.ended(this);
    }
}
