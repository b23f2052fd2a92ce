// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.drift;

import java.time.Instant;
import java.util.List;

/**
 * A change by somebody else to an object that we own.
 *
 * @param object {@code Kind namespace/name}
 * @param fields paths that differed; empty when the object was deleted
 * @param manager the field manager that did it, or {@code unknown}
 * @param corrected whether it was put back; otherwise it was only reported
 */
public record Drift(String object, List<String> fields, String manager, Instant at, boolean corrected) {
    private static final int NAMED_FIELDS = 5;

    public Drift {
        fields = List.copyOf(fields);
    }

    /** One sentence for a person: what differed, who did it, what became of it. */
    public String message() {
        var outcome = corrected ? "put back" : "left as it is (spec.drift.mode is Report)";
        if (fields.isEmpty()) {
            return object + " was deleted; " + outcome + ".";
        }
        var named = String.join(", ", fields.subList(0, Math.min(NAMED_FIELDS, fields.size())));
        var more = fields.size() > NAMED_FIELDS ? " and " + (fields.size() - NAMED_FIELDS) + " more" : "";
        return object + ": " + named + more + " changed by " + manager + "; " + outcome + ".";
    }
}
