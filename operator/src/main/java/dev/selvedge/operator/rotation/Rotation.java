// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.rotation;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.jboss.logging.Logger;

/** The command of the Job, around {@link Steps}. Nothing that is secret is printed. */
public final class Rotation {
    private static final Logger LOG = Logger.getLogger(Rotation.class);

    /** Where Kubernetes takes a container's last words from. */
    private static final Path TERMINATION_LOG = Path.of("/dev/termination-log");

    private final KubernetesClient client;
    private final String namespace;
    private final Clock clock;
    private final SecureRandom random;

    public Rotation(KubernetesClient client, String namespace, Clock clock, SecureRandom random) {
        this.client = client;
        this.namespace = namespace;
        this.clock = clock;
        this.random = random;
    }

    /**
     * Runs the command in the cluster that it is in.
     *
     * @return the exit code; a failure is safe to repeat
     */
    public static int main(List<String> arguments) {
        var namespace = Optional.ofNullable(System.getenv("POD_NAMESPACE")).orElse("selvedge-system");
        try (var client = new KubernetesClientBuilder().build()) {
            var plan = Plan.parse(arguments);
            new Rotation(client, namespace, Clock.systemUTC(), new SecureRandom()).run(plan);
            return 0;
        } catch (IllegalArgumentException | IllegalStateException | KubernetesClientException e) {
            LOG.errorf("the rotation failed and will be tried again: %s", e.getMessage());
            lastWords(String.valueOf(e.getMessage()));
            return 1;
        }
    }

    /** Why it failed, for the status of the pod, from where the operator takes it to the status of the Mesh. */
    private static void lastWords(String message) {
        try {
            Files.writeString(TERMINATION_LOG, message);
        } catch (IOException e) {
            LOG.warnf("%s cannot be written: %s", TERMINATION_LOG, e.getMessage());
        }
    }

    /** Brings the two Secrets to where they have to be. */
    public void run(Plan plan) {
        new Steps(plan, new SecretVault(client, namespace, plan.owner()), clock, random).run();
    }
}
