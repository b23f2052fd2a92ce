// SPDX-License-Identifier: Apache-2.0
/** Writes the status of TrafficPolicy: what the compiler made of it, and on how many proxies it is in force. */
@NullMarked
package dev.selvedge.reconciler.trafficpolicy;

import org.jspecify.annotations.NullMarked;
