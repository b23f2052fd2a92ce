// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.proxy;

import dev.selvedge.compiler.model.ProxyPorts;
import java.util.SortedSet;

/**
 * The nat rules of a mesh pod, as text for {@code iptables-restore --noflush}. Every TCP connection into the pod goes to
 * the proxy's inbound port, every one out of it to the outbound port, but for these:
 *
 * <ul>
 *   <li>into the ports that the kubelet and Prometheus call without mTLS;
 *   <li>the proxy's own connections out of the pod;
 *   <li>between the containers of the pod, over loopback or the pod's own address;
 *   <li>from the proxy to the application of its pod, which carry {@link ProxyPorts#APPLICATION_TOS}. The proxy's other
 *       connections to its own pod are calls of the application to its own Service: they come in like everybody's.
 * </ul>
 */
public final class InterceptionRules {
    private InterceptionRules() {}

    /** @param direct ports of the proxy that are not redirected */
    public static String ipv4(SortedSet<Integer> direct) {
        return rules(direct, "127.0.0.0/8");
    }

    /** @param direct ports of the proxy that are not redirected */
    public static String ipv6(SortedSet<Integer> direct) {
        return rules(direct, "::1/128");
    }

    private static String rules(SortedSet<Integer> direct, String loopback) {
        var text = new StringBuilder("""
                *nat
                :SELVEDGE_IN - [0:0]
                :SELVEDGE_OUT - [0:0]
                -A PREROUTING -p tcp -j SELVEDGE_IN
                -A OUTPUT -p tcp -j SELVEDGE_OUT
                """);
        direct.forEach(port -> text.append("-A SELVEDGE_IN -p tcp --dport %d -j RETURN\n".formatted(port)));
        // DSCP is the upper six bits of the TOS byte.
        return text.append("""
                        -A SELVEDGE_IN -p tcp -j REDIRECT --to-ports %1$d
                        -A SELVEDGE_OUT -p tcp -o lo ! -d %2$s -m owner --uid-owner %3$d -m dscp ! --dscp 0x%4$02x -j REDIRECT --to-ports %1$d
                        -A SELVEDGE_OUT -m owner --uid-owner %3$d -j RETURN
                        -A SELVEDGE_OUT -o lo -j RETURN
                        -A SELVEDGE_OUT -d %2$s -j RETURN
                        -A SELVEDGE_OUT -p tcp -j REDIRECT --to-ports %5$d
                        COMMIT
                        """.formatted(
                                ProxyPorts.INBOUND,
                                loopback,
                                ProxyPorts.PROXY_UID,
                                ProxyPorts.APPLICATION_TOS >> 2,
                                ProxyPorts.OUTBOUND))
                .toString();
    }
}
