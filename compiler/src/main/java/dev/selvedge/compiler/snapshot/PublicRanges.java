// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.snapshot;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** Where pods and Services have public addresses: in few clusters, so that it is indexed and not searched for. */
public final class PublicRanges {
    private static final int IPV4_BYTES = 4;

    /** A cluster's range is this long or shorter: /16 of IPv4, /64 of IPv6. */
    private static final int IPV4_KEPT = 2;

    private static final int IPV6_KEPT = 8;

    private PublicRanges() {}

    /** The surroundings of those addresses that are public, such as {@code 203.0.0.0/16}. */
    public static List<String> of(Collection<String> addresses) {
        return addresses.stream()
                .flatMap(address -> parse(address).stream())
                .filter(address -> !isPrivate(address))
                .map(PublicRanges::surroundings)
                .distinct()
                .toList();
    }

    private static Optional<InetAddress> parse(String address) {
        try {
            return Optional.of(InetAddress.ofLiteral(address));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    private static boolean isPrivate(InetAddress address) {
        var bytes = address.getAddress();
        int first = bytes[0] & 0xff;
        if (address.isLoopbackAddress() || address.isLinkLocalAddress()) {
            return true;
        }
        return bytes.length == IPV4_BYTES
                ? address.isSiteLocalAddress() || (first == 100 && (bytes[1] & 0xc0) == 64)
                : (first & 0xfe) == 0xfc;
    }

    private static String surroundings(InetAddress address) {
        var bytes = address.getAddress();
        int kept = bytes.length == IPV4_BYTES ? IPV4_KEPT : IPV6_KEPT;
        Arrays.fill(bytes, kept, bytes.length, (byte) 0);
        try {
            return InetAddress.getByAddress(bytes).getHostAddress() + "/" + kept * Byte.SIZE;
        } catch (UnknownHostException e) {
            throw new IllegalStateException("it has the length of an address", e);
        }
    }
}
