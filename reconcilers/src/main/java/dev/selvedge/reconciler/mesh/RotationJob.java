// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.mesh;

import dev.selvedge.api.Labels;
import dev.selvedge.api.v1alpha1.Mesh;
import dev.selvedge.reconciler.trust.Reason;
import dev.selvedge.reconciler.trust.Step;
import dev.selvedge.reconciler.trust.TrustState;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** The Job that does one step of a rotation: the operator's image with another command. */
final class RotationJob {
    /** The Job's ServiceAccount, and the beginning of its name. */
    static final String ROTATION = "selvedge-rotation";

    /** The Jobs that failed remember the attempts: it is longer than any pause between two. */
    private static final int SECONDS_KEPT = 3600;

    private static final long LONGEST_SECONDS = 300;

    private RotationJob() {}

    /**
     * What the Job is to do.
     *
     * @param from the state that the step was decided on
     */
    record Order(Step step, String from, Reason reason) {
        /** Nothing is there yet. */
        static final Order FIRST = new Order(Step.BEGIN, TrustState.NONE, Reason.FIRST);
    }

    /** Says what is to change: the same need always has the same name, and the next need another. */
    static String need(Mesh mesh, MeshSettings settings, Order order) {
        var need = arguments(mesh, order) + settings.image();
        var digest = UUID.nameUUIDFromBytes(need.getBytes(StandardCharsets.UTF_8));
        return ROTATION + "-" + digest.toString().substring(0, 8);
    }

    /** @param meta with the name of the attempt */
    static Job of(Mesh mesh, MeshSettings settings, Order order, ObjectMeta meta) {
        return new JobBuilder()
                .withMetadata(meta)
                .withNewSpec()
                // The next attempt is a Job of its own, so that each can tell why it failed.
                .withBackoffLimit(0)
                .withActiveDeadlineSeconds(LONGEST_SECONDS)
                .withTtlSecondsAfterFinished(SECONDS_KEPT)
                .withNewTemplate()
                .withNewMetadata()
                .withLabels(Map.of(Labels.INJECT, "Disabled", "app.kubernetes.io/name", ROTATION))
                .endMetadata()
                .withSpec(pod(settings, arguments(mesh, order)))
                .endTemplate()
                .endSpec()
                .build();
    }

    private static List<String> arguments(Mesh mesh, Order order) {
        var identity = mesh.getSpec().identity();
        var arguments = new ArrayList<>(List.of(
                "rotate",
                "--step=" + order.step().argument(),
                "--from=" + order.from(),
                "--reason=" + order.reason().text(),
                "--mesh=" + mesh.getMetadata().getName(),
                "--mesh-uid=" + mesh.getMetadata().getUid(),
                "--trust-domain=" + mesh.getSpec().trustDomain(),
                "--issuer=" + identity.issuer().source().text(),
                "--trust-bundle=" + identity.trustBundle().source().text(),
                "--algorithm=" + identity.algorithm().text(),
                "--anchor-lifetime=" + identity.trustAnchor().lifetime(),
                "--issuer-lifetime=" + identity.intermediate().lifetime()));
        if (identity.rotation().requested() != null) {
            arguments.add("--requested=" + identity.rotation().requested());
        }
        return arguments;
    }

    private static PodSpec pod(MeshSettings settings, List<String> arguments) {
        return new PodSpecBuilder()
                .withServiceAccountName(ROTATION)
                .withRestartPolicy("Never")
                .withNewSecurityContext()
                .withRunAsNonRoot(true)
                .withNewSeccompProfile()
                .withType("RuntimeDefault")
                .endSeccompProfile()
                .endSecurityContext()
                .addNewContainer()
                .withName("rotate")
                .withImage(settings.image())
                .withImagePullPolicy("IfNotPresent")
                .withArgs(arguments)
                .withTerminationMessagePolicy("FallbackToLogsOnError")
                .addNewEnv()
                .withName("POD_NAMESPACE")
                .withValue(settings.namespace())
                .endEnv()
                .withNewResources()
                .withRequests(Map.of("cpu", new Quantity("50m"), "memory", new Quantity("128Mi")))
                .withLimits(Map.of("memory", new Quantity("256Mi")))
                .endResources()
                .withNewSecurityContext()
                .withAllowPrivilegeEscalation(false)
                .withReadOnlyRootFilesystem(true)
                .withNewCapabilities()
                .withDrop("ALL")
                .endCapabilities()
                .endSecurityContext()
                .addNewVolumeMount()
                .withName("tmp")
                .withMountPath("/tmp")
                .endVolumeMount()
                .endContainer()
                .addNewVolume()
                .withName("tmp")
                .withNewEmptyDir()
                .endEmptyDir()
                .endVolume()
                .build();
    }
}
