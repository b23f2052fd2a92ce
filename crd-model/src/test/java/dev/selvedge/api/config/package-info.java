// SPDX-License-Identifier: Apache-2.0
/** What is in {@code config}, without a server. */
@NullMarked
package dev.selvedge.api.config;

import org.jspecify.annotations.NullMarked;
