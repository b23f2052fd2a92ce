// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.cluster;

import java.nio.file.Files;
import java.nio.file.Path;

/** The files of this repository. Tests run in the folder of their module; the root is found from there upwards. */
public final class Repository {
    private static final String LANDMARK = "src-tests/cluster/local/cluster";

    private Repository() {}

    /** @param path from the root of the repository */
    public static Path file(String path) {
        for (var folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
            if (Files.isExecutable(folder.resolve(LANDMARK))) {
                return folder.resolve(path);
            }
        }
        throw new IllegalStateException(
                LANDMARK + " is not in or above " + Path.of("").toAbsolutePath());
    }
}
