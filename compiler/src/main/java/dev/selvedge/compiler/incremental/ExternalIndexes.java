// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.incremental;

import static dev.selvedge.compiler.incremental.Index.underEach;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toList;

import dev.selvedge.compiler.snapshot.ExternalService;
import dev.selvedge.compiler.snapshot.ExternalService.Port;
import dev.selvedge.compiler.snapshot.ExternalService.Protocol;
import dev.selvedge.compiler.snapshot.ObjectName;
import java.util.List;
import java.util.Map;

/** How what is declared outside of the cluster is found. */
final class ExternalIndexes {
    static final Index<ObjectName, ExternalService> BY_NAME =
            Index.of(ExternalService.class, service -> Map.of(service.meta().name(), service));
    static final Index<Integer, ExternalService> BY_PORT = Index.of(
            ExternalService.class,
            service -> underEach(service.ports().stream().map(Port::port).toList(), service));

    /** Says nothing of hosts: listings depend on it. */
    static final Index<Protocol, List<Integer>> PORTS =
            Index.of(ExternalService.class, service -> service.ports().stream()
                    .collect(groupingBy(Port::protocol, mapping(Port::port, toList()))));

    private ExternalIndexes() {}
}
