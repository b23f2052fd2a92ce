// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.topology;

import dev.selvedge.compiler.snapshot.ObjectName;

/** That the pods of a service account call a Service. */
public record Call(ObjectName caller, ObjectName service) {}
