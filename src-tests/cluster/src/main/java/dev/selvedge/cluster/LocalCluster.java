// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.cluster;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A cluster of processes and namespaces on this machine, without Docker: the command {@code
 * src-tests/cluster/local/cluster}. Needs root and, the first time, about half an hour of processor time to build.
 *
 * @param startedHere whether {@link #close} removes it
 */
public record LocalCluster(String name, Path kubeconfig, boolean startedHere) implements Cluster {

    /**
     * Starts the cluster of that name, or joins it if it runs.
     *
     * @param nodes 1 to 9
     */
    public static LocalCluster start(String name, int nodes) {
        var runs = cluster("list").lines().anyMatch(name::equals);
        return up(name, nodes, runs);
    }

    /**
     * A fresh etcd and API server, ready in a few seconds: no controllers, no nodes, and pods need no service account.
     * Several test runs may use the same name at once.
     */
    public static LocalCluster apiServerOnly(String name) {
        return up("%s-%d".formatted(name, ProcessHandle.current().pid()), 0, false);
    }

    /** The owner makes sure that a test run that is killed leaves nothing for ever. */
    private static LocalCluster up(String name, int nodes, boolean runs) {
        var arguments = new ArrayList<>(List.of("up", "--name=" + name, "--nodes=" + nodes));
        if (!runs) {
            arguments.addAll(
                    List.of("--owner", String.valueOf(ProcessHandle.current().pid())));
        }
        return new LocalCluster(name, Path.of(cluster(arguments.toArray(String[]::new))), !runs);
    }

    @Override
    public void load(Path imageArchive) {
        cluster("load", "--name=" + name, imageArchive.toAbsolutePath().toString());
    }

    /** From now on no packet leaves or reaches the node, and none says so; what runs on it goes on. */
    public void disconnect(String node) {
        cluster("disconnect", "--name=" + name, node);
    }

    /** Undoes {@link #disconnect}. */
    public void reconnect(String node) {
        cluster("reconnect", "--name=" + name, node);
    }

    /**
     * From now on a program of the control plane takes connections and answers nothing.
     *
     * @param program such as {@code kube-apiserver}
     */
    public void freeze(String program) {
        cluster("freeze", "--name=" + name, program);
    }

    /** Undoes {@link #freeze}. */
    public void thaw(String program) {
        cluster("thaw", "--name=" + name, program);
    }

    @Override
    public void close() {
        if (startedHere) {
            cluster("down", "--name=" + name);
        }
    }

    private static String cluster(String... arguments) {
        var command = new ArrayList<>(
                List.of(Repository.file("src-tests/cluster/local/cluster").toString()));
        command.addAll(List.of(arguments));
        return Command.run(command);
    }
}
