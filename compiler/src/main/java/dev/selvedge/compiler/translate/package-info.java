// SPDX-License-Identifier: Apache-2.0
/** Views to Envoy's messages: one file per Envoy concept, static and pure. {@link Translate} is the way in. */
@NullMarked
package dev.selvedge.compiler.translate;

import org.jspecify.annotations.NullMarked;
