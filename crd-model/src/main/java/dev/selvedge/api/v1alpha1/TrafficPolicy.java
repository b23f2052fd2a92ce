// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.v1alpha1;

import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Categories;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;

/** How requests to a Service travel, and what its pods make of them. */
@Group("selvedge.dev")
@Version("v1alpha1")
@ShortNames("tp")
@Categories("selvedge")
public class TrafficPolicy extends CustomResource<TrafficPolicySpec, TrafficPolicyStatus> implements Namespaced {}
