// SPDX-License-Identifier: Apache-2.0
/** Who a caller is, and the certificates that we issue: to workloads by SDS, to our own servers. */
@NullMarked
package dev.selvedge.operator.identity;

import org.jspecify.annotations.NullMarked;
