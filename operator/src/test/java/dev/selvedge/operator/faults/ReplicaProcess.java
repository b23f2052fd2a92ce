// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.faults;

import dev.selvedge.operator.Replica;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A replica in a process of its own, so that it can be killed. */
final class ReplicaProcess implements AutoCloseable {
    private static final String SERVING = "serving on ";

    private final Process process;
    private final CompletableFuture<Integer> port = new CompletableFuture<>();

    /**
     * @param prefix a command that runs the rest in surroundings of its own; may be empty
     * @param apiServer a kubeconfig, or the port of a {@link ChaosProxy}
     */
    ReplicaProcess(List<String> prefix, String apiServer, String pod) throws IOException {
        var command = new ArrayList<>(prefix);
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                // No more than its container gives it; one that runs out of memory ends.
                "-Xmx256m",
                "-XX:+ExitOnOutOfMemoryError",
                "-XX:TieredStopAtLevel=1",
                "-Xshare:auto",
                "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                ReplicaProcess.class.getName(),
                apiServer,
                pod));
        process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        Thread.ofVirtual().start(() -> process.inputReader().lines().forEach(line -> {
            if (line.startsWith(SERVING)) {
                port.complete(Integer.parseInt(line.substring(SERVING.length())));
            } else {
                System.out.println(pod + ": " + line);
            }
        }));
    }

    /** The child's own. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        var client = arguments[0].matches("\\d+")
                ? World.clientBy(Integer.parseInt(arguments[0]))
                : World.clientOf(Path.of(arguments[0]));
        var replica = new Replica(client, arguments[1], Clock.systemUTC()).start();
        Waiting.until("the replica serves", replica::isReady);
        System.out.println(SERVING + replica.port());
        Thread.currentThread().join();
    }

    boolean isServing() {
        return port.isDone();
    }

    int port() {
        return port.join();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** The most memory that it ever had, in bytes. */
    long peakMemory() throws IOException {
        return Files.readAllLines(Path.of("/proc/" + process.pid() + "/status")).stream()
                .filter(line -> line.startsWith("VmHWM:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                .sum();
    }

    /** SIGKILL. */
    void kill() {
        process.destroyForcibly();
        process.onExit().join();
    }

    @Override
    public void close() {
        kill();
    }
}
