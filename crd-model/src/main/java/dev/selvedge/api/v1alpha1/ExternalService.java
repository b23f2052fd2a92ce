// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.v1alpha1;

import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Categories;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;

/** Hosts or addresses outside of the cluster that workloads of the mesh call. */
@Group("selvedge.dev")
@Version("v1alpha1")
@ShortNames("exs")
@Categories("selvedge")
public class ExternalService extends CustomResource<ExternalServiceSpec, ExternalServiceStatus> implements Namespaced {}
