// SPDX-License-Identifier: Apache-2.0
/** The ledger of what proxies acknowledged, summed over all replicas. */
@NullMarked
package dev.selvedge.operator.delivery;

import org.jspecify.annotations.NullMarked;
