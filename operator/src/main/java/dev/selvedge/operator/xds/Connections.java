// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.xds;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.netty.channel.Channel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.net.SocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The connections of a server. gRPC ends a stream only after what is queued on it; a peer that takes nothing would keep
 * all of that in memory, so that whoever gives it up has to close the connection below.
 */
final class Connections implements ServerInterceptor {
    private static final Context.Key<Runnable> HANG_UP = Context.keyWithDefault("hang-up", () -> {});

    private final Map<SocketAddress, Channel> open = new ConcurrentHashMap<>();

    /** Closes the connection of the current call, now or later. */
    static Runnable hangUp() {
        return HANG_UP.get();
    }

    /** A socket that listens and tells what it accepts. */
    NioServerSocketChannel listen() {
        return new Listening();
    }

    private final class Listening extends NioServerSocketChannel {
        @Override
        protected int doReadMessages(List<Object> accepted) throws Exception {
            var before = accepted.size();
            var count = super.doReadMessages(accepted);
            accepted.subList(before, accepted.size()).forEach(each -> opened((Channel) each));
            return count;
        }
    }

    private void opened(Channel channel) {
        var peer = channel.remoteAddress();
        // Null when the peer has gone again already.
        if (peer != null) {
            open.put(peer, channel);
            channel.closeFuture().addListener(_ -> open.remove(peer, channel));
        }
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        var peer = call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
        var channel = peer == null ? null : open.get(peer);
        return channel == null
                ? next.startCall(call, headers)
                : Contexts.interceptCall(Context.current().withValue(HANG_UP, () -> cut(channel)), call, headers, next);
    }

    /** Past the handler of HTTP/2, which would wait for its streams, and of TLS, which would say goodbye. */
    private static void cut(Channel channel) {
        var first = channel.pipeline().firstContext();
        if (first != null) {
            first.close();
        }
    }
}
