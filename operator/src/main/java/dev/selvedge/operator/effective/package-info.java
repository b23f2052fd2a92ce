// SPDX-License-Identifier: Apache-2.0
/** All that is in force for a Service or a pod, for those who may see it. What is in force is the compiler's to say. */
@NullMarked
package dev.selvedge.operator.effective;

import org.jspecify.annotations.NullMarked;
