// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.cluster;

import java.nio.file.Path;

/** A running cluster. {@link Clusters#open} chooses one. */
public sealed interface Cluster extends AutoCloseable permits CurrentKubeconfig, K3s, LocalCluster {

    /** The kubeconfig of an administrator; valid until {@link #close}. */
    Path kubeconfig();

    /**
     * Makes the images of an OCI archive known to every node, under the names that the archive gives them. An archive
     * that is already there costs almost nothing.
     */
    void load(Path imageArchive);

    /** Removes what was started for this object; a cluster that already ran keeps running. */
    @Override
    void close();
}
