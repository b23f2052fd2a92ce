// SPDX-License-Identifier: Apache-2.0
/** Benchmarks of single functions; see {@code run}. */
@org.jspecify.annotations.NullMarked
package dev.selvedge.jmh;
