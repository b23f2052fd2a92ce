// SPDX-License-Identifier: Apache-2.0
/** What is applied to a real API server, by kubectl, as users do it. */
@NullMarked
package dev.selvedge.api.server;

import org.jspecify.annotations.NullMarked;
