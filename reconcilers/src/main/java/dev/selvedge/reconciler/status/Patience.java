// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.status;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Waits a moment when not everything is known that a status has to say: a status that says only this would put off the
 * one that counts, and take the place of one that is still true.
 */
public final class Patience {
    /** The generation, by uid, of which not everything was known when it was last looked at. */
    private final Map<String, Long> unknown = new ConcurrentHashMap<>();

    /**
     * What the reconciler has to answer instead of a status; empty when the status is due.
     *
     * @param known whether everything is known that the status has to say
     * @param told whether the status as it is speaks of this generation; then it stays until more is known
     */
    public <P extends HasMetadata> Optional<UpdateControl<P>> instead(P object, boolean known, boolean told) {
        var meta = object.getMetadata();
        if (known) {
            unknown.remove(meta.getUid());
            return Optional.empty();
        }
        if (told) {
            return Optional.of(UpdateControl.noUpdate());
        }
        return meta.getGeneration().equals(unknown.put(meta.getUid(), meta.getGeneration()))
                ? Optional.empty()
                : Optional.of(UpdateControl.<P>noUpdate().rescheduleAfter(StatusWriter.PAUSE));
    }
}
