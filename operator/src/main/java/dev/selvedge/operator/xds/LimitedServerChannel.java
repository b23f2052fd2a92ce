// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.xds;

import io.netty.channel.Channel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A listening socket that closes what is over its limit the moment it is accepted, before any TLS: a connection costs
 * memory from its first byte, and who opens it may never say who he is.
 */
final class LimitedServerChannel extends NioServerSocketChannel {
    private final int limit;
    private final Runnable refused;
    private final Newcomers newcomers;
    private final AtomicInteger open = new AtomicInteger();

    /** @param refused told of every connection over the limit */
    LimitedServerChannel(int limit, Runnable refused, Newcomers newcomers) {
        this.newcomers = newcomers;
        this.limit = limit;
        this.refused = refused;
    }

    @Override
    protected int doReadMessages(List<Object> accepted) throws Exception {
        int read = super.doReadMessages(accepted);
        if (read <= 0) {
            return read;
        }
        var connection = (Channel) accepted.getLast();
        if (open.incrementAndGet() > limit) {
            open.decrementAndGet();
            accepted.removeLast();
            connection.unsafe().closeForcibly();
            refused.run();
            return 0;
        }
        connection.closeFuture().addListener(_ -> open.decrementAndGet());
        newcomers.arrived(connection, eventLoop());
        return read;
    }
}
