// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.v1alpha1;

import io.fabric8.generator.annotation.ValidationRule;
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
@ValidationRule(
        value = "!has(self.status) || !has(self.status.trust) || !has(self.status.trust.trustDomains)"
                + " || self.status.trust.trustDomains.all(d,"
                + " d == self.spec.trustDomain || d in self.spec.trustDomainAliases)",
        fieldPath = ".spec.trustDomainAliases",
        message =
                "lacks a trust domain of status.trust.trustDomains, which certificates of proxies are of; keep it until"
                        + " it is not there any more")
public class Mesh extends CustomResource<MeshSpec, MeshStatus> {
    @Override
    protected MeshSpec initSpec() {
        return MeshSpec.DEFAULT;
    }
}
