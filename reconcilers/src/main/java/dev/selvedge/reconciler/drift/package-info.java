// SPDX-License-Identifier: Apache-2.0
/**
 * Owned objects: applied by the server under our field manager, put back when somebody else changes or deletes them, with
 * an Event and a counter. What others add beside our fields is theirs.
 */
@NullMarked
package dev.selvedge.reconciler.drift;

import org.jspecify.annotations.NullMarked;
