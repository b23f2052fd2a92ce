// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.injection;

import static java.util.Objects.requireNonNullElse;

import dev.selvedge.api.Labels;
import dev.selvedge.reconciler.proxy.ProxyPod;
import dev.selvedge.reconciler.proxy.ProxySettings;
import dev.selvedge.reconciler.proxy.ProxyVolumes;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Puts the sidecar into a pod: interception first, then the proxy, then whatever the pod had. Applied to its own result
 * it changes nothing; applied after another webhook added a container, it takes that one in too.
 */
public final class PodMutator {
    private static final Set<String> OUR_CONTAINERS = Set.of(ProxyPod.INTERCEPTION, ProxyPod.PROXY);

    private PodMutator() {}

    /** The pod with its sidecar; {@code pod} itself stays as it is. */
    public static Pod inject(Pod pod, ProxySettings settings) {
        var result = new PodBuilder(pod).build();
        var spec = result.getSpec();
        var annotations = new LinkedHashMap<>(annotations(pod));
        undo(spec, annotations);

        var calls = KubeletCalls.turn(spec);
        var metrics = Scraping.metrics(annotations, spec);
        var originals = new Originals(
                calls.originals(),
                metrics.map(any -> Scraping.turn(annotations)).orElse(null));
        GracefulEnd.delay(spec, settings.drainSeconds());

        var access = calls.access(metrics);
        spec.setInitContainers(Stream.concat(
                        Stream.of(ProxyPod.interception(settings, access), ProxyPod.sidecar(settings, access)),
                        spec.getInitContainers().stream())
                .toList());
        spec.setVolumes(Stream.concat(spec.getVolumes().stream(), ProxyVolumes.of(settings).stream())
                .toList());

        if (!originals.isEmpty()) {
            annotations.put(Originals.ANNOTATION, originals.text());
        }
        var labels = new LinkedHashMap<>(requireNonNullElse(pod.getMetadata().getLabels(), Map.of()));
        labels.put(Labels.PROXY, "Sidecar");
        result.getMetadata().setLabels(labels);
        result.getMetadata().setAnnotations(annotations);
        return result;
    }

    /** Takes an earlier injection of this pod back. */
    private static void undo(PodSpec spec, Map<String, String> annotations) {
        var text = annotations.remove(Originals.ANNOTATION);
        var injected = spec.getInitContainers().stream().anyMatch(PodMutator::isOurs);
        if (text != null && injected) {
            Originals.parse(text).ifPresent(originals -> {
                KubeletCalls.restore(spec, originals.calls());
                if (originals.scraping() != null) {
                    Scraping.restore(annotations, originals.scraping());
                }
            });
        }
        spec.setInitContainers(spec.getInitContainers().stream()
                .filter(container -> !isOurs(container))
                .toList());
        spec.setVolumes(spec.getVolumes().stream()
                .filter(volume -> !ProxyVolumes.NAMES.contains(volume.getName()))
                .toList());
    }

    private static boolean isOurs(Container container) {
        return OUR_CONTAINERS.contains(container.getName());
    }

    private static Map<String, String> annotations(Pod pod) {
        return requireNonNullElse(pod.getMetadata().getAnnotations(), Map.of());
    }
}
