// SPDX-License-Identifier: Apache-2.0
/**
 * From the cluster to the snapshot: one pure function per kind ({@link dev.selvedge.reconciler.ingest.Ingest}, {@link
 * dev.selvedge.reconciler.ingest.GatewayIngest}) and the watches that feed them.
 */
@NullMarked
package dev.selvedge.reconciler.ingest;

import org.jspecify.annotations.NullMarked;
