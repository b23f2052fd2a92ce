// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.xds;

import java.util.List;

/** What a proxy's answer to a response came to. */
sealed interface Verdict {
    /**
     * @param since {@link System#nanoTime()} of the oldest event that led to the response
     * @param gone names whose removal is now complete
     */
    record Accepted(long since, List<String> gone) implements Verdict {
        public Accepted {
            gone = List.copyOf(gone);
        }
    }

    /** Several resources were refused together; they go out again in smaller groups to find the culprit. */
    record Suspected(List<String> names) implements Verdict {
        public Suspected {
            names = List.copyOf(names);
        }
    }

    /** One resource was refused alone. It is not sent again until it changes. */
    record Refused(String name) implements Verdict {}

    /** An answer to nothing that is outstanding. */
    record Unknown() implements Verdict {}
}
