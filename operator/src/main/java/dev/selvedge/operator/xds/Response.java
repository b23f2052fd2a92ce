// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.xds;

import dev.selvedge.compiler.resource.ResourceType;
import dev.selvedge.operator.compile.Served;
import java.util.List;

/**
 * One response to a proxy, not yet encoded.
 *
 * @param nonce names it in the proxy's answer
 * @param resources to add or replace
 * @param removed names of resources that do not exist (any more) for this proxy
 */
record Response(ResourceType type, String nonce, List<Served> resources, List<String> removed) {
    Response {
        resources = List.copyOf(resources);
        removed = List.copyOf(removed);
    }
}
