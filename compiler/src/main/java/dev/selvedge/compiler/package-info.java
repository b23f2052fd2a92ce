// SPDX-License-Identifier: Apache-2.0
/**
 * The compiler: a snapshot of the cluster in, Envoy resources and diagnostics out. Pure: no Kubernetes client, no
 * framework, no clock, no randomness.
 *
 * <pre>
 * snapshot ◄ diagnostic ◄ model ◄ policy.* ◄ resolve, translate ◄ (this package)
 * snapshot ◄ incremental ◄ (this package)
 * </pre>
 */
@NullMarked
package dev.selvedge.compiler;

import org.jspecify.annotations.NullMarked;
