// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy;

import dev.selvedge.compiler.diagnostic.FieldError;
import dev.selvedge.compiler.model.Cidr;
import dev.selvedge.compiler.snapshot.Mesh;
import java.util.List;
import java.util.regex.Pattern;

/** What is wrong with a Mesh by itself. */
final class MeshRules {
    private static final Pattern TRUST_DOMAIN = Pattern.compile("[a-z0-9]([a-z0-9._-]{0,253}[a-z0-9])?");

    private MeshRules() {}

    static List<FieldError> check(Mesh mesh) {
        var findings = new Findings();
        checkDomain(findings, "spec.trustDomain", mesh.trustDomains().own());
        var aliases = mesh.trustDomains().aliases();
        for (int i = 0; i < aliases.size(); i++) {
            checkDomain(findings, "spec.trustDomainAliases[" + i + "]", aliases.get(i));
        }
        SelectorRules.check(findings, "spec.members.namespaceSelector", mesh.members());
        for (int i = 0; i < mesh.serviceCidrs().size(); i++) {
            var cidr = mesh.serviceCidrs().get(i);
            if (Cidr.parse(cidr).isEmpty()) {
                findings.add(
                        "spec.interception.serviceCIDRs[" + i + "]",
                        cidr,
                        "is not a range in CIDR form without host bits",
                        "write it like 10.96.0.0/12");
            }
        }
        return findings.list();
    }

    private static void checkDomain(Findings findings, String field, String domain) {
        if (!TRUST_DOMAIN.matcher(domain).matches()) {
            findings.add(
                    field,
                    domain,
                    "is not a trust domain",
                    "use lower-case letters, digits, '.', '-' and '_', such as cluster.local");
        }
    }
}
