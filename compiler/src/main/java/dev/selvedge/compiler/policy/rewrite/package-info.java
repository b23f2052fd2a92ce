// SPDX-License-Identifier: Apache-2.0
/** What the server is asked for instead of what the client asked for. */
@NullMarked
package dev.selvedge.compiler.policy.rewrite;

import org.jspecify.annotations.NullMarked;
