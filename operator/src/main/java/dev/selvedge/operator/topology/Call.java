// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.topology;

import dev.selvedge.compiler.snapshot.ObjectName;

/**
 * That the pods of a service account call a port of a Service.
 *
 * @param port of the Service; 0 when a replica of an earlier version told of it
 * @param http whether by HTTP requests; otherwise by connections of which nothing else is known
 */
public record Call(ObjectName caller, ObjectName service, int port, boolean http) {
    @Override
    public boolean equals(Object other) {
        return this == other
                || (other instanceof Call call
                        && port == call.port
                        && http == call.http
                        && caller.equals(call.caller)
                        && service.equals(call.service));
    }

    @Override
    public int hashCode() {
        return ((caller.hashCode() * 31 + service.hashCode()) * 31 + port) * 31 + Boolean.hashCode(http);
    }
}
