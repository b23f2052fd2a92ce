// SPDX-License-Identifier: Apache-2.0
/** Writes the status of AuthorizationPolicy: what the compiler made of it, and on how many proxies it is in force. */
@NullMarked
package dev.selvedge.reconciler.authorizationpolicy;

import org.jspecify.annotations.NullMarked;
