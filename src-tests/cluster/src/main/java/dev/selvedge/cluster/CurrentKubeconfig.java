// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.cluster;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The cluster that {@code kubectl} would speak to. It belongs to somebody else: nothing is started or removed.
 *
 * @param loadCommand how this cluster gets an image archive, such as {@code kind load image-archive}; the archive's path
 *     is appended
 */
record CurrentKubeconfig(Path kubeconfig, List<String> loadCommand) implements Cluster {
    /** The environment variable with the command that loads an archive, words separated by spaces. */
    static final String LOAD_COMMAND = "SELVEDGE_LOAD_COMMAND";

    CurrentKubeconfig {
        loadCommand = List.copyOf(loadCommand);
    }

    static CurrentKubeconfig of(Map<String, String> environment) {
        var kubeconfig = Optional.ofNullable(environment.get("KUBECONFIG"))
                .filter(list -> !list.isBlank())
                .map(list -> Path.of(list.split(File.pathSeparator, -1)[0]))
                .orElseGet(() -> Path.of(System.getProperty("user.home"), ".kube", "config"));
        if (!Files.isReadable(kubeconfig)) {
            throw new IllegalStateException("no kubeconfig at " + kubeconfig + "; set KUBECONFIG");
        }
        var command = environment.getOrDefault(LOAD_COMMAND, "").strip();
        return new CurrentKubeconfig(kubeconfig, command.isEmpty() ? List.of() : List.of(command.split("\\s+")));
    }

    @Override
    public void load(Path imageArchive) {
        if (loadCommand.isEmpty()) {
            throw new IllegalStateException("how does this cluster get images? Set " + LOAD_COMMAND
                    + " to a command that takes an archive, such as 'kind load image-archive'");
        }
        Command.run(Stream.concat(
                        loadCommand.stream(),
                        Stream.of(imageArchive.toAbsolutePath().toString()))
                .toList());
    }

    @Override
    public void close() {}
}
