// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.xds;

import dev.selvedge.operator.xds.XdsServer.Limits;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.channel.Channel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.net.SocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * The connections of a server. They are limited in number, and closed when nobody has proved anything on them for a
 * while. gRPC ends a stream only after what is queued on it; a peer that takes nothing would keep all of that in memory,
 * so whoever gives it up closes the connection below.
 *
 * <p>To be placed behind authentication: a call that comes through it was authenticated.
 */
final class Connections implements ServerInterceptor {
    private static final Context.Key<Connection> CONNECTION = Context.keyWithDefault("connection", Connection.UNKNOWN);

    private final Limits limits;
    private final Counter tooMany;
    private final Counter unauthenticated;
    private final Map<SocketAddress, Channel> open = new ConcurrentHashMap<>();
    private final Set<Channel> unproved = ConcurrentHashMap.newKeySet();

    Connections(Limits limits, MeterRegistry meters) {
        this.limits = limits;
        this.tooMany = meters.counter(XdsMetrics.REFUSED, "reason", "too-many-connections");
        this.unauthenticated = meters.counter(XdsMetrics.REFUSED, "reason", "unauthenticated");
    }

    /** That of the current call. */
    static Connection current() {
        return CONNECTION.get();
    }

    /** A socket that listens. */
    NioServerSocketChannel listen() {
        return new Listening();
    }

    private final class Listening extends NioServerSocketChannel {
        @Override
        protected int doReadMessages(List<Object> accepted) throws Exception {
            int read = super.doReadMessages(accepted);
            if (read <= 0) {
                return read;
            }
            var connection = (Channel) accepted.getLast();
            if (open.size() >= limits.connections()) {
                // Before any TLS: a connection costs memory from its first byte, and may never say whose it is.
                accepted.removeLast();
                connection.unsafe().closeForcibly();
                tooMany.increment();
                return 0;
            }
            opened(connection);
            var expiry = eventLoop()
                    .schedule(() -> expire(connection), limits.proof().toMillis(), TimeUnit.MILLISECONDS);
            // Else it would be kept until then, with all that it has: thousands may come and go in that time.
            connection.closeFuture().addListener(_ -> expiry.cancel(false));
            return read;
        }
    }

    private void opened(Channel connection) {
        connection.pipeline().addFirst(new Flow());
        var peer = connection.remoteAddress();
        // Null when the peer has gone again already.
        if (peer != null) {
            open.put(peer, connection);
            unproved.add(connection);
            connection.closeFuture().addListener(_ -> {
                open.remove(peer, connection);
                unproved.remove(connection);
            });
        }
    }

    private void expire(Channel connection) {
        if (unproved.remove(connection)) {
            unauthenticated.increment();
            Connection.of(connection).hangUp();
        }
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        var peer = call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
        var connection = peer == null ? null : open.get(peer);
        if (connection == null) {
            return next.startCall(call, headers);
        }
        unproved.remove(connection);
        var context = Context.current().withValue(CONNECTION, Connection.of(connection));
        return Contexts.interceptCall(context, call, headers, next);
    }
}
