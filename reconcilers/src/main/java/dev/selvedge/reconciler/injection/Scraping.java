// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.injection;

import dev.selvedge.compiler.model.ProxyPorts;
import dev.selvedge.reconciler.proxy.DirectAccess;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.PodSpec;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The annotations by which Prometheus finds the application's metrics. Prometheus has no identity, so they are turned to
 * the proxy, which passes on exactly that path.
 */
final class Scraping {
    private static final String SCRAPE = "prometheus.io/scrape";
    private static final String PORT = "prometheus.io/port";
    private static final String PATH = "prometheus.io/path";
    private static final String SCHEME = "prometheus.io/scheme";
    private static final List<String> TURNED = List.of(PORT, PATH, SCHEME);

    private Scraping() {}

    static boolean isWanted(Map<String, String> annotations) {
        return "true".equals(annotations.get(SCRAPE));
    }

    /** What the annotations ask for; empty without them, and if they do not lead to a port of the application. */
    static Optional<DirectAccess.Metrics> metrics(Map<String, String> annotations, PodSpec spec) {
        if (!isWanted(annotations)) {
            return Optional.empty();
        }
        var declared = annotations.get(PORT);
        var port = declared == null ? firstPort(spec) : Ports.parse(declared);
        return port.filter(number -> !InjectionDecision.RESERVED_PORTS.contains(number))
                .map(number -> new DirectAccess.Metrics(
                        KubeletCalls.requestTarget(annotations.getOrDefault(PATH, "/metrics")),
                        number,
                        "https".equals(annotations.get(SCHEME))));
    }

    /** Turns the annotations to the proxy; returns what they said before. */
    static Map<String, String> turn(Map<String, String> annotations) {
        var originals = new TreeMap<>(annotations);
        originals.keySet().retainAll(TURNED);
        annotations.put(PORT, Integer.toString(ProxyPorts.METRICS));
        annotations.put(PATH, DirectAccess.METRICS_PATH);
        annotations.remove(SCHEME);
        return originals;
    }

    /** Takes a {@link #turn} back. */
    static void restore(Map<String, String> annotations, Map<String, String> originals) {
        annotations.keySet().removeAll(TURNED);
        annotations.putAll(originals);
    }

    /** Without a port, Prometheus takes the pod's declared ones. */
    private static Optional<Integer> firstPort(PodSpec spec) {
        return spec.getContainers().stream()
                .map(Container::getPorts)
                .flatMap(List::stream)
                .map(ContainerPort::getContainerPort)
                .findFirst();
    }
}
