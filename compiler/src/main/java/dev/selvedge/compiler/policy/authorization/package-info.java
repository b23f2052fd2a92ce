// SPDX-License-Identifier: Apache-2.0
/** Who may call a pod, as Envoy's RBAC filters. */
@NullMarked
package dev.selvedge.compiler.policy.authorization;

import org.jspecify.annotations.NullMarked;
