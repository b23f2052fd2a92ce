// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.gateway;

import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.Version;

/** How the Gateway API speaks of a whole mesh, in its experimental channel. */
@Group("gateway.networking.x-k8s.io")
@Version("v1alpha1")
@Plural("xmeshes")
public final class XMesh extends ControllerObject {}
