// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.trust;

import dev.selvedge.api.v1alpha1.TrustStatus.Stage;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Where a rotation stands and what comes next.
 *
 * @param since when the stage began
 * @param step what the Job has to do now; empty when something is waited for, or nothing is to do
 * @param reason why the step is done
 * @param waiting what is waited for, in a sentence; empty when nothing is
 * @param proxies those that are waited for
 */
public record Decision(
        Stage stage,
        Instant since,
        Optional<Step> step,
        Reason reason,
        Optional<String> waiting,
        List<String> proxies) {
    public Decision {
        proxies = List.copyOf(proxies);
    }
}
