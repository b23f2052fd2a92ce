// SPDX-License-Identifier: Apache-2.0
/** Writes the status of ExternalService: what the compiler made of it, and on how many proxies it is in force. */
@NullMarked
package dev.selvedge.reconciler.externalservice;

import org.jspecify.annotations.NullMarked;
