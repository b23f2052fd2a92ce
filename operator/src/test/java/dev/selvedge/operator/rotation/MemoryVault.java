// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.rotation;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Two Secrets in memory, and a Job that is killed at a write. */
final class MemoryVault implements Vault {
    /** Thrown where the Job dies. */
    static final class Killed extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    private final Map<String, Stored> secrets = new HashMap<>();
    private int version;
    private int writesUntilDeath = -1;
    private boolean diesAfterTheWrite;

    /** The Job dies at its n-th write from now, before or after it is done. */
    void killAt(int write, boolean after) {
        writesUntilDeath = write;
        diesAfterTheWrite = after;
    }

    void spare() {
        writesUntilDeath = -1;
    }

    /** Somebody else writes it. */
    void put(String name, Map<String, String> entries) {
        secrets.put(name, new Stored(String.valueOf(++version), false, entries));
    }

    void delete(String name) {
        secrets.remove(name);
    }

    @Override
    public Optional<Stored> read(String name) {
        return Optional.ofNullable(secrets.get(name));
    }

    @Override
    public Optional<String> additionalAnchors() {
        return Optional.empty();
    }

    @Override
    public void write(String name, Optional<Stored> before, Map<String, String> entries) {
        boolean dies = writesUntilDeath == 0;
        writesUntilDeath--;
        if (dies && !diesAfterTheWrite) {
            throw new Killed();
        }
        if (!read(name).map(Stored::version).equals(before.map(Stored::version))) {
            throw new IllegalStateException("409: " + name + " has changed");
        }
        secrets.put(name, new Stored(String.valueOf(++version), true, entries));
        if (dies) {
            throw new Killed();
        }
    }
}
