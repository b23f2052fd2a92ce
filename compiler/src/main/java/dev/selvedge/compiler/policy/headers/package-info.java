// SPDX-License-Identifier: Apache-2.0
/** Changes of a request's and an answer's headers. */
@NullMarked
package dev.selvedge.compiler.policy.headers;

import org.jspecify.annotations.NullMarked;
