// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.cluster;

import java.util.Map;
import java.util.function.BooleanSupplier;
import org.testcontainers.DockerClientFactory;

/** Chooses the source of a cluster. */
public final class Clusters {
    /** The environment variable that names the source: {@code kubeconfig}, {@code k3s} or {@code local}. */
    public static final String SOURCE = "SELVEDGE_CLUSTER";

    private Clusters() {}

    /** Where clusters come from. */
    enum Source {
        KUBECONFIG,
        K3S,
        LOCAL
    }

    /**
     * Opens a cluster from the source that {@value #SOURCE} names; without it k3s if a Docker engine answers, else the
     * local cluster.
     *
     * @param name used by the local cluster only: the same name is the same cluster
     * @param nodes used by the local cluster only: 1 to 9
     */
    public static Cluster open(String name, int nodes) {
        return switch (source(
                System.getenv(), () -> DockerClientFactory.instance().isDockerAvailable())) {
            case KUBECONFIG -> CurrentKubeconfig.of(System.getenv());
            case K3S -> K3s.start();
            case LOCAL -> LocalCluster.start(name, nodes);
        };
    }

    static Source source(Map<String, String> environment, BooleanSupplier dockerAnswers) {
        var named = environment.getOrDefault(SOURCE, "");
        return switch (named) {
            case "kubeconfig" -> Source.KUBECONFIG;
            case "k3s" -> Source.K3S;
            case "local" -> Source.LOCAL;
            case "" -> dockerAnswers.getAsBoolean() ? Source.K3S : Source.LOCAL;
            default ->
                throw new IllegalArgumentException(SOURCE + " is kubeconfig, k3s or local, but not '" + named + "'");
        };
    }
}
