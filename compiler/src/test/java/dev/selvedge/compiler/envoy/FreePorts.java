// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.envoy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/** Ports for programs that cannot choose one themselves. */
final class FreePorts {
    private static final int FIRST = 20_000;

    /** From here on Linux gives ports to connections by itself, and could take one between the look and its use. */
    private static final int END = 32_768;

    /** Those given so far: who asks for several would otherwise get the same one twice, once in a while. */
    private static final Set<Integer> GIVEN = ConcurrentHashMap.newKeySet();

    private FreePorts() {}

    /** One that nobody listened at a moment ago, another each time; drawn, so that other processes get others, too. */
    static int any() {
        while (true) {
            int port = ThreadLocalRandom.current().nextInt(FIRST, END);
            try (var _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                if (GIVEN.add(port)) {
                    return port;
                }
            } catch (BindException _) {
                // The next one.
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
