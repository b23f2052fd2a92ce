// SPDX-License-Identifier: Apache-2.0
/** The proxy in a pod: its bootstrap, its containers, and the rules that lead the pod's traffic through it. Pure. */
@NullMarked
package dev.selvedge.reconciler.proxy;

import org.jspecify.annotations.NullMarked;
