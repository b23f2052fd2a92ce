// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.model;

import java.util.Optional;
import java.util.regex.Pattern;

/** An address and port, as the names of resources carry them: {@code 10.96.0.1:80}, {@code [fd00::1]:80}. */
public record SocketAddress(String address, int port) {
    /** An IPv6 address with a zone, its brackets and a port. Longer text would make the expression below slow. */
    private static final int MAX_TEXT = 80;

    private static final Pattern TEXT = Pattern.compile("(?:\\[([^\\[\\]]*:[^\\[\\]]*)]|([^:\\[\\]]+)):([0-9]{1,5})");

    /** Reads the text; empty when it is something else. */
    public static Optional<SocketAddress> parse(String text) {
        var matcher = TEXT.matcher(text);
        if (text.length() > MAX_TEXT || !matcher.matches()) {
            return Optional.empty();
        }
        var address = matcher.group(1) == null ? matcher.group(2) : matcher.group(1);
        return Optional.of(new SocketAddress(address, Integer.parseInt(matcher.group(3))));
    }

    @Override
    public String toString() {
        return (address.indexOf(':') < 0 ? address : "[" + address + "]") + ":" + port;
    }
}
