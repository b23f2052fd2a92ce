// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.xds;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;

/** Counts what goes out on a connection, below TLS and below the flow control of HTTP/2. */
final class Flow extends ChannelOutboundHandlerAdapter {
    /** Changed by the event loop alone. */
    private volatile long written;

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        if (message instanceof ByteBuf bytes) {
            written = written + bytes.readableBytes();
        }
        context.write(message, promise);
    }

    /** Bytes that the kernel took from a connection until now; 0 when it is not counted. */
    static long taken(Channel connection) {
        var flow = connection.pipeline().get(Flow.class);
        var waiting = connection.unsafe().outboundBuffer();
        return flow == null ? 0 : flow.written - (waiting == null ? 0 : waiting.totalPendingWriteBytes());
    }
}
