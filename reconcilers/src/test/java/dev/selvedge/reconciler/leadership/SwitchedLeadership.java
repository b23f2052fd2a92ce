// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.leadership;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Held by this replica until it is switched. */
public final class SwitchedLeadership implements Leadership {
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private volatile boolean held = true;

    /** Another replica leads from now on. */
    public void lose() {
        held = false;
    }

    /** This replica leads from now on. */
    public void gain() {
        held = true;
        listeners.forEach(Runnable::run);
    }

    @Override
    public boolean isHeld() {
        return held;
    }

    @Override
    public void onGained(Runnable listener) {
        listeners.add(listener);
    }
}
