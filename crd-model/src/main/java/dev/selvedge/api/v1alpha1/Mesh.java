// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.v1alpha1;

import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Categories;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.Version;

/** The mesh: which namespaces belong to it and what holds everywhere in it. Cluster scoped. */
@Group("selvedge.dev")
@Version("v1alpha1")
@Plural("meshes")
@Categories("selvedge")
public class Mesh extends CustomResource<MeshSpec, MeshStatus> {
    @Override
    protected MeshSpec initSpec() {
        return MeshSpec.DEFAULT;
    }
}
