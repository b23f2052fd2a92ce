// SPDX-License-Identifier: Apache-2.0
/** Serves proxies: delta ADS over gRPC, one state machine per proxy and type. */
@NullMarked
package dev.selvedge.operator.xds;

import org.jspecify.annotations.NullMarked;
