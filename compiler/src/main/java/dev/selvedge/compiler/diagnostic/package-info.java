// SPDX-License-Identifier: Apache-2.0
/** What the compiler has to say about an object: typed conditions with a reason and a remedy. */
@NullMarked
package dev.selvedge.compiler.diagnostic;

import org.jspecify.annotations.NullMarked;
