// SPDX-License-Identifier: Apache-2.0
/** What a proxy needs, free of Kubernetes and of Envoy: services, workloads, gateways. */
@NullMarked
package dev.selvedge.compiler.model;

import org.jspecify.annotations.NullMarked;
