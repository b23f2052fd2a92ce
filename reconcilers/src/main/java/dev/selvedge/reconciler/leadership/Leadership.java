// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.leadership;

/**
 * Whether this replica may write to the cluster. Every replica watches, compiles and serves; one writes. A reconciler
 * asks first and does nothing while another replica leads.
 */
public interface Leadership {
    /** Whether this replica leads now. */
    boolean isHeld();

    /** Registers a listener that is called each time this replica begins to lead. */
    void onGained(Runnable listener);
}
