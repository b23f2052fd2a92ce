// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy;

import dev.selvedge.compiler.snapshot.LabelSelector;

/** What is wrong with a label selector. */
final class SelectorRules {
    private SelectorRules() {}

    static void check(Findings findings, String field, LabelSelector selector) {
        for (int i = 0; i < selector.matchExpressions().size(); i++) {
            var requirement = selector.matchExpressions().get(i);
            var takesValues =
                    switch (requirement.operator()) {
                        case IN, NOT_IN -> true;
                        case EXISTS, DOES_NOT_EXIST -> false;
                    };
            if (takesValues == requirement.values().isEmpty()) {
                findings.add(
                        field + ".matchExpressions[" + i + "].values",
                        requirement.values(),
                        takesValues ? "In and NotIn compare with values" : "Exists and DoesNotExist take no values",
                        takesValues ? "give at least one value" : "remove the values");
            }
        }
    }
}
