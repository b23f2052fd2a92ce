// SPDX-License-Identifier: Apache-2.0
/** What is done to requests to try how callers bear it. */
@NullMarked
package dev.selvedge.compiler.policy.fault;

import org.jspecify.annotations.NullMarked;
