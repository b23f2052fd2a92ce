// SPDX-License-Identifier: Apache-2.0
/** Connections of a client's proxy to pods. */
@NullMarked
package dev.selvedge.compiler.policy.connection;

import org.jspecify.annotations.NullMarked;
