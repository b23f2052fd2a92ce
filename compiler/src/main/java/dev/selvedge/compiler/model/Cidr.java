// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.model;

import java.net.InetAddress;
import java.util.Optional;
import java.util.regex.Pattern;

/** A range of addresses, such as {@code 10.96.0.0/12}, without bits beyond its length. */
public record Cidr(InetAddress address, int length) {
    /** The longest address: IPv6 that ends in IPv4. Longer text would make the expressions below slow. */
    private static final int MAX_ADDRESS = 45;

    private static final Pattern IPV4 = Pattern.compile("[0-9]{1,3}([.][0-9]{1,3}){3}");
    private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");

    /** Reads the text of a range; empty when it is none, or has bits beyond its length. */
    public static Optional<Cidr> parse(String text) {
        var slash = text.indexOf('/');
        if (slash < 0 || !text.substring(slash + 1).matches("[0-9]{1,3}")) {
            return Optional.empty();
        }
        var length = Integer.parseInt(text.substring(slash + 1));
        return address(text.substring(0, slash))
                .filter(address -> length <= bits(address) && hasNoBitsAfter(address, length))
                .map(address -> new Cidr(address, length));
    }

    /** Reads an address as it is written in numbers; never asks a name server. */
    public static Optional<InetAddress> address(String text) {
        if (text.length() > MAX_ADDRESS
                || (!IPV4.matcher(text).matches() && !IPV6.matcher(text).matches())) {
            return Optional.empty();
        }
        try {
            return Optional.of(InetAddress.ofLiteral(text));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    /** Whether every address of the other range is in this one. */
    public boolean contains(Cidr other) {
        return length <= other.length && contains(other.address);
    }

    public boolean contains(InetAddress other) {
        var ours = address.getAddress();
        var theirs = other.getAddress();
        if (ours.length != theirs.length) {
            return false;
        }
        for (int bit = 0; bit < length; bit++) {
            if (bit(ours, bit) != bit(theirs, bit)) {
                return false;
            }
        }
        return true;
    }

    /** As {@link #parse} reads it. */
    @Override
    public String toString() {
        return address.getHostAddress() + "/" + length;
    }

    private static int bits(InetAddress address) {
        return address.getAddress().length * Byte.SIZE;
    }

    private static boolean hasNoBitsAfter(InetAddress address, int length) {
        var bytes = address.getAddress();
        for (int bit = length; bit < bits(address); bit++) {
            if (bit(bytes, bit) != 0) {
                return false;
            }
        }
        return true;
    }

    private static int bit(byte[] bytes, int index) {
        return bytes[index / Byte.SIZE] >> (Byte.SIZE - 1 - index % Byte.SIZE) & 1;
    }
}
