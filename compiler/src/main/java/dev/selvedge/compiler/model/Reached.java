// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.model;

import dev.selvedge.compiler.snapshot.ObjectName;

/**
 * What the traffic of a cluster reaches.
 *
 * @param port of the Service
 * @param http whether the cluster takes HTTP requests; otherwise connections of which nothing else is known
 */
public record Reached(ObjectName service, int port, boolean http) {}
