// SPDX-License-Identifier: Apache-2.0
/** Who may call whom, as the compiler says, and who does, as the proxies report. */
@NullMarked
package dev.selvedge.operator.topology;

import org.jspecify.annotations.NullMarked;
