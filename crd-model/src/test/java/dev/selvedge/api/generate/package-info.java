// SPDX-License-Identifier: Apache-2.0
/**
 * Makes {@code config/crd} and {@code docs/reference} out of the types. Lives among the tests because no product needs
 * it: a test compares the files with the types, and writes them with {@code -Dgolden.update=true}.
 */
@NullMarked
package dev.selvedge.api.generate;

import org.jspecify.annotations.NullMarked;
