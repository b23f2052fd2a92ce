// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.mesh;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Why there is no issuer, or no fresh one.
 *
 * @param job the name of the Job that failed
 * @param message one or two sentences: what failed, why, what comes next
 */
record RotationFailure(String job, String message) {
    private static final String OF_JOB = "batch.kubernetes.io/job-name";

    /** Looks at the pods of the attempt: their last words say more than the Job does. */
    static RotationFailure of(RotationAttempts.Failure failure, KubernetesClient client) {
        var meta = failure.job().getMetadata();
        var pods = client.pods()
                .inNamespace(meta.getNamespace())
                .withLabel(OF_JOB, meta.getName())
                .list()
                .getItems();
        return of(failure, pods);
    }

    static RotationFailure of(RotationAttempts.Failure failure, List<Pod> pods) {
        var meta = failure.job().getMetadata();
        var why = pods.stream()
                .flatMap(pod -> lastWords(pod).stream())
                .findFirst()
                .orElseGet(failure::reason);
        var next = failure.next()
                .map(at -> "the next is made at " + at)
                .orElse("the next, attempt " + (failure.attempt() + 1) + ", is under way");
        return new RotationFailure(
                meta.getName(),
                "Attempt %d to make certificates failed; %s. Job %s/%s: %s"
                        .formatted(failure.attempt(), next, meta.getNamespace(), meta.getName(), why.strip()));
    }

    private static Optional<String> lastWords(Pod pod) {
        var containers = pod.getStatus() == null
                ? Stream.<ContainerStatus>empty()
                : pod.getStatus().getContainerStatuses().stream();
        return containers
                .flatMap(container -> Stream.of(container.getState()))
                .flatMap(state -> state.getTerminated() != null
                        ? Stream.ofNullable(state.getTerminated().getMessage())
                        : Stream.ofNullable(state.getWaiting())
                                .map(waiting -> waiting.getReason() + ": " + waiting.getMessage()))
                .filter(words -> !words.isBlank())
                .findFirst();
    }
}
