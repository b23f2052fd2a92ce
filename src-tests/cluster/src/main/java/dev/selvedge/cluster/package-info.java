// SPDX-License-Identifier: Apache-2.0
/** A Kubernetes cluster for tests, from whichever of three sources this machine has. */
@NullMarked
package dev.selvedge.cluster;

import org.jspecify.annotations.NullMarked;
