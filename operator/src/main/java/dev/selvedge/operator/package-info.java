// SPDX-License-Identifier: Apache-2.0
/** The Quarkus application: the only place that wires. */
@NullMarked
package dev.selvedge.operator;

import org.jspecify.annotations.NullMarked;
