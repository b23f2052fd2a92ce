// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.testcontainers.k3s.K3sContainer;
import org.testcontainers.utility.DockerImageName;
import org.testcontainers.utility.MountableFile;

/** One node of k3s in a container, where a Docker engine is at hand. */
record K3s(K3sContainer container, Path kubeconfig) implements Cluster {
    private static final DockerImageName IMAGE = DockerImageName.parse("rancher/k3s:v1.36.3-k3s1");

    static K3s start() {
        var container = new K3sContainer(IMAGE);
        // Its own ingress controller would only stand in the way of ours.
        container.withCommand("server", "--disable=traefik", "--tls-san=" + container.getHost());
        try {
            container.start();
            var kubeconfig = Files.createTempFile("k3s", ".kubeconfig");
            Files.writeString(kubeconfig, container.getKubeConfigYaml());
            return new K3s(container, kubeconfig);
        } catch (IOException e) {
            container.close();
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void load(Path imageArchive) {
        var inside = "/tmp/" + imageArchive.getFileName();
        container.copyFileToContainer(MountableFile.forHostPath(imageArchive), inside);
        try {
            var result = container.execInContainer("ctr", "--namespace=k8s.io", "images", "import", inside);
            if (result.getExitCode() != 0) {
                throw new IllegalStateException(imageArchive + ": " + result.getStderr());
            }
            container.execInContainer("rm", inside);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while loading " + imageArchive, e);
        }
    }

    @Override
    public void close() {
        container.close();
        try {
            Files.deleteIfExists(kubeconfig);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
