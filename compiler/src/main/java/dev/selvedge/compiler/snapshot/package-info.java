// SPDX-License-Identifier: Apache-2.0
/** What the compiler knows of a cluster: immutable records that hold only the fields it reads. */
@NullMarked
package dev.selvedge.compiler.snapshot;

import org.jspecify.annotations.NullMarked;
