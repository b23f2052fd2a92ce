// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler;

import dev.selvedge.compiler.model.Cidr;
import dev.selvedge.compiler.model.DnsName;
import dev.selvedge.compiler.model.SocketAddress;
import dev.selvedge.compiler.resource.ResourceName;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The name of a cluster for what is declared outside of the cluster. Some parts of it come from the network: a server
 * name is taken from a client's TLS, so it is read as strictly as if a stranger had written it.
 */
sealed interface ExternalCluster {
    int port();

    /** A host that is called with TLS of the application's own. */
    record Tls(String host, int port) implements ExternalCluster {
        @Override
        public String toString() {
            return ResourceName.externalTls(host, port);
        }
    }

    /** A host that is called with HTTP. */
    record Http(String host, int port) implements ExternalCluster {
        @Override
        public String toString() {
            return ResourceName.externalHttp(host, port);
        }
    }

    /** Every address of a declared range outside of the cluster. */
    record Range(Cidr range, int port) implements ExternalCluster {
        @Override
        public String toString() {
            return ResourceName.externalRange(range.toString(), port);
        }
    }

    /** One address of a declared range that may also be of a pod or a Service. */
    record Address(SocketAddress address) implements ExternalCluster {
        @Override
        public int port() {
            return address.port();
        }

        @Override
        public String toString() {
            return ResourceName.EXTERNAL_TCP + address;
        }
    }

    /** Reads a name; empty when it is none of these, or a part of it is not what it should be. */
    static Optional<ExternalCluster> parse(String name) {
        if (name.startsWith(ResourceName.EXTERNAL_TCP)) {
            return SocketAddress.parse(name.substring(ResourceName.EXTERNAL_TCP.length()))
                    .filter(address -> Cidr.address(address.address()).isPresent())
                    .map(Address::new);
        }
        if (name.length() > Names.MAX) {
            return Optional.empty();
        }
        var host = Names.HOST.matcher(name);
        if (host.matches() && DnsName.isHost(host.group(2))) {
            int port = Integer.parseInt(host.group(3));
            return Optional.of(
                    host.group(1).equals("tls") ? new Tls(host.group(2), port) : new Http(host.group(2), port));
        }
        var range = Names.RANGE.matcher(name);
        return range.matches()
                ? Cidr.parse(range.group(1)).map(cidr -> new Range(cidr, Integer.parseInt(range.group(2))))
                : Optional.empty();
    }

    /** How names are written. */
    final class Names {
        /** The longest DNS name, and what stands around it. */
        private static final int MAX = 300;

        private static final Pattern HOST = Pattern.compile("external\\|(tls|http)\\|([^|:]+):([0-9]{1,5})");
        private static final Pattern RANGE = Pattern.compile("external\\|range\\|([^|]+)\\|([0-9]{1,5})");

        private Names() {}
    }
}
