// SPDX-License-Identifier: Apache-2.0
/**
 * The engine: a store of objects with indexes, and a memo of what was computed from them. Knows neither what is computed
 * nor for whom.
 *
 * <p>A {@link Query} names a computation. While it runs, the memo notes which index keys it reads and which other queries
 * it uses. A change of an object touches index keys; only what was computed from those is computed again, and what comes
 * out equal goes no further.
 */
@NullMarked
package dev.selvedge.compiler.incremental;

import org.jspecify.annotations.NullMarked;
