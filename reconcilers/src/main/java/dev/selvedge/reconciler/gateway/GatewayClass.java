// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.gateway;

import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.Version;

/** Which controller serves a class of Gateways. fabric8's type cannot read every object of another controller. */
@Group("gateway.networking.k8s.io")
@Version("v1")
@Plural("gatewayclasses")
public final class GatewayClass extends ControllerObject {}
