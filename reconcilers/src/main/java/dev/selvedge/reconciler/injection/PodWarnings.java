// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.injection;

import static java.util.Objects.requireNonNullElse;

import dev.selvedge.reconciler.proxy.ProxySettings;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What the author of a pod should know, although it is created. */
public final class PodWarnings {
    private static final Set<String> FOREIGN_DNS = Set.of("Default", "None");

    private PodWarnings() {}

    /** Why a pod of a member namespace has no proxy; nothing where that is what was asked for. */
    public static List<String> outside(InjectionDecision.Reason reason) {
        return switch (reason) {
            case NO_MESH, NOT_A_MEMBER, OPTED_OUT, GATEWAY -> List.of();
            case HOST_NETWORK -> List.of("selvedge: a pod on the host's network stays outside of the mesh");
            case NOT_LINUX -> List.of("selvedge: proxies run on Linux only; this pod stays outside of the mesh");
        };
    }

    /** @param pod as it was before it was injected */
    public static List<String> injected(Pod pod, ProxySettings settings) {
        var warnings = new ArrayList<String>();
        var spec = pod.getSpec();
        if (FOREIGN_DNS.contains(requireNonNullElse(spec.getDnsPolicy(), ""))) {
            warnings.add(("selvedge: with dnsPolicy %s the proxy finds the operator only if the pod's DNS knows %s;"
                            + " ClusterFirst does")
                    .formatted(spec.getDnsPolicy(), settings.controlPlane()));
        }
        var annotations = requireNonNullElse(pod.getMetadata().getAnnotations(), Map.<String, String>of());
        if (Scraping.isWanted(annotations)
                && Scraping.metrics(annotations, spec).isEmpty()) {
            warnings.add("selvedge: prometheus.io/scrape is set, but neither prometheus.io/port nor a container names a"
                    + " port of the application; its metrics are not reachable");
        }
        return List.copyOf(warnings);
    }
}
