// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.xds;

import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.netty.channel.Channel;
import io.netty.util.concurrent.EventExecutor;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Connections on which nobody has proved anything yet. They are closed after a while, whatever happens on them: a call
 * that was refused holds its connection for as long as its caller does not end it.
 *
 * <p>To be placed behind authentication: a call that comes through it was authenticated.
 */
final class Newcomers implements ServerInterceptor {
    private final Duration patience;
    private final Runnable refused;
    private final Map<SocketAddress, Channel> unproved = new ConcurrentHashMap<>();

    /** @param refused told of every connection that is closed */
    Newcomers(Duration patience, Runnable refused) {
        this.patience = patience;
        this.refused = refused;
    }

    /** A connection that was accepted a moment ago. */
    void arrived(Channel connection, EventExecutor timer) {
        var address = connection.remoteAddress();
        if (address == null) {
            // It has gone again.
            return;
        }
        unproved.put(address, connection);
        connection.closeFuture().addListener(_ -> unproved.remove(address, connection));
        timer.schedule(() -> close(address, connection), patience.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void close(SocketAddress address, Channel connection) {
        if (unproved.remove(address, connection)) {
            refused.run();
            // Not through the handlers: HTTP/2 would say farewell and wait for open calls to end.
            connection.eventLoop().execute(() -> connection.unsafe().close(connection.voidPromise()));
        }
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        var address = call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
        if (address != null) {
            unproved.remove(address);
        }
        return next.startCall(call, headers);
    }
}
