// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Everything on this machine that bears the name of a cluster. */
final class Traces {
    private Traces() {}

    static List<String> of(String name) throws IOException {
        return Stream.of(
                        entries(Path.of("/run/netns"), name),
                        entries(Path.of("/run/lock"), name),
                        entries(Path.of("/var/lib/selvedge/clusters"), name),
                        entries(Path.of("/sys/fs/cgroup"), name),
                        entries(Path.of("/sys/fs/cgroup/memory"), name),
                        Files.readAllLines(Path.of("/proc/self/mounts")).stream()
                                .filter(line -> line.contains(name)),
                        ProcessHandle.allProcesses()
                                .filter(process -> commandLine(process).contains("/clusters/" + name + "/"))
                                .map(process -> "process " + process.pid() + " " + commandLine(process)))
                .flatMap(traces -> traces)
                .toList();
    }

    private static Stream<String> entries(Path folder, String name) throws IOException {
        if (!Files.isDirectory(folder)) {
            return Stream.of();
        }
        try (var entries = Files.list(folder)) {
            return entries
                    .map(Path::toString)
                    .filter(entry -> Arrays.asList(entry.split("[/.]")).contains(name) || entry.endsWith("-" + name))
                    .toList()
                    .stream();
        }
    }

    private static String commandLine(ProcessHandle process) {
        return process.info().commandLine().orElse("");
    }
}
