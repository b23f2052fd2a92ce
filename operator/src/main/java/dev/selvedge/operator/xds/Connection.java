// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.xds;

import io.netty.channel.Channel;

/** What is below a call. */
interface Connection {
    /** Of a call that did not come over the network. */
    Connection UNKNOWN = new Connection() {
        @Override
        public void hangUp() {}

        @Override
        public long taken() {
            return 0;
        }
    };

    /** Closes it, with all that is queued on it. */
    void hangUp();

    /** Bytes that the other side took until now, about: what the two kernels hold between them counts as taken. */
    long taken();

    static Connection of(Channel channel) {
        return new Of(channel);
    }

    /** Calls over the same channel have equal connections. */
    record Of(Channel channel) implements Connection {
        /** Not through the handlers: HTTP/2 would say farewell and wait for its streams, and TLS would say goodbye. */
        @Override
        public void hangUp() {
            channel.eventLoop().execute(() -> channel.unsafe().close(channel.voidPromise()));
        }

        @Override
        public long taken() {
            return Flow.taken(channel);
        }
    }
}
