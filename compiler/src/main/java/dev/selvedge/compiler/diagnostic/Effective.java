// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.diagnostic;

import dev.selvedge.compiler.snapshot.ObjectName;

/** Of several policies, the one that decides a field at a Service. */
public record Effective(ObjectName service, String field, ObjectName policy) {}
