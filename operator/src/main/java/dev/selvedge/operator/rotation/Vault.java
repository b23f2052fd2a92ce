// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.rotation;

import java.util.Map;
import java.util.Optional;

/** Where the two Secrets are: the one with the anchors' keys, and the one with the issuer. */
interface Vault {
    /**
     * A Secret as it is.
     *
     * @param version of this content, for {@link #write}
     * @param own whether it was made for this Mesh
     * @param entries its texts by name
     */
    record Stored(String version, boolean own, Map<String, String> entries) {
        public Stored {
            entries = Map.copyOf(entries);
        }

        Optional<String> entry(String name) {
            return Optional.ofNullable(entries.get(name));
        }

        @Override
        public String toString() {
            return "Stored[version=" + version + ", own=" + own + ", entries=" + entries.keySet() + "]";
        }
    }

    Optional<Stored> read(String name);

    /** The anchors that somebody else lists, as PEM. */
    Optional<String> additionalAnchors();

    /**
     * Writes all of a Secret at once, or nothing: when it is not any more what was read, this fails.
     *
     * @param before what was read; empty for one that was not there
     */
    void write(String name, Optional<Stored> before, Map<String, String> entries);
}
