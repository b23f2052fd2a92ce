// SPDX-License-Identifier: Apache-2.0
/** A Gateway becomes a proxy of its own: Deployment, Service, ServiceAccount; and the statuses of the Gateway API. */
@NullMarked
package dev.selvedge.reconciler.gateway;

import org.jspecify.annotations.NullMarked;
