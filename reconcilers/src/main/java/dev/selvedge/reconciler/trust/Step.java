// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.trust;

import java.util.Locale;

/** What the rotation Job can be asked to do; each is one change of the Secret with the issuer. */
public enum Step {
    /** Make the first anchor and the first issuer. */
    BEGIN,
    /** Sign a new issuer by the anchor that signed the last one. */
    RENEW,
    /** Make the next anchor and add it to the bundle. */
    DISTRIBUTE,
    /** Sign an issuer by the next anchor. */
    SWITCH,
    /** Take the old anchor out of the bundle and forget its key. */
    RETIRE,
    /** Trust the anchors beside the mesh's own that are listed now, and no others. */
    TRUST,
    /** Undo {@link #SWITCH}: an issuer of the old anchor signs again. */
    RESTORE,
    /** Undo {@link #DISTRIBUTE}: take the next anchor out of the bundle and forget its key. */
    WITHDRAW;

    /** As it stands in the Job's arguments. */
    public String argument() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Reads an argument. */
    public static Step of(String argument) {
        for (var step : values()) {
            if (step.argument().equals(argument)) {
                return step;
            }
        }
        throw new IllegalArgumentException("--step=" + argument + " is not known");
    }
}
