// SPDX-License-Identifier: Apache-2.0
/** Names that users and the operator share. */
@NullMarked
package dev.selvedge.api;

import org.jspecify.annotations.NullMarked;
