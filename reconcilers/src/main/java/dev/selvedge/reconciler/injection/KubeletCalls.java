// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.injection;

import dev.selvedge.compiler.model.ProxyPorts;
import dev.selvedge.reconciler.proxy.DirectAccess;
import dev.selvedge.reconciler.proxy.DirectAccess.GrpcProbe;
import dev.selvedge.reconciler.proxy.DirectAccess.HttpProbe;
import dev.selvedge.reconciler.proxy.DirectAccess.TcpProbe;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.GRPCActionBuilder;
import io.fabric8.kubernetes.api.model.HTTPGetAction;
import io.fabric8.kubernetes.api.model.HTTPGetActionBuilder;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.TCPSocketAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The kubelet has no identity, so a mesh pod refuses it. Its probes and lifecycle hooks are turned to the proxy, which
 * passes on exactly these. {@code exec} and calls to another host stay as they are.
 */
final class KubeletCalls {
    private static final int MAX_PATH = 2048;

    private final Map<String, Hook.Call> originals = new TreeMap<>();
    private final List<HttpProbe> http = new ArrayList<>();
    private final List<TcpProbe> tcp = new ArrayList<>();
    private final Map<Integer, GrpcProbe> grpc = new LinkedHashMap<>();
    private final Set<Integer> taken = new HashSet<>();

    private KubeletCalls(PodSpec spec) {
        long gracePeriod = GracefulEnd.period(spec);
        containers(spec).forEach(container -> container.getPorts().stream()
                .map(ContainerPort::getContainerPort)
                .forEach(taken::add));
        containers(spec).forEach(container -> {
            for (var hook : Hook.values()) {
                hook.call(container)
                        .flatMap(call -> turned(container, hook, call, hook.timeoutSeconds(container, gracePeriod))
                                .map(turned -> Map.entry(call, turned)))
                        .ifPresent(change -> {
                            originals.put(key(container, hook), change.getKey());
                            hook.replace(container, change.getValue());
                        });
            }
        });
    }

    /** Changes the pod's containers. */
    static KubeletCalls turn(PodSpec spec) {
        return new KubeletCalls(spec);
    }

    /** What the containers said before, by {@code container/hook}. */
    Map<String, Hook.Call> originals() {
        return originals;
    }

    /** What the proxy has to pass on. */
    DirectAccess access(Optional<DirectAccess.Metrics> metrics) {
        return new DirectAccess(http, tcp, List.copyOf(grpc.values()), metrics);
    }

    /** Takes a {@link #turn} back. */
    static void restore(PodSpec spec, Map<String, Hook.Call> originals) {
        containers(spec).forEach(container -> {
            for (var hook : Hook.values()) {
                var original = originals.get(key(container, hook));
                if (original != null) {
                    hook.replace(container, original);
                }
            }
        });
    }

    private Optional<Hook.Call> turned(Container container, Hook hook, Hook.Call call, int timeout) {
        var path = "/selvedge/probe/" + key(container, hook);
        if (call.httpGet() != null) {
            return turned(container, call.httpGet(), path, timeout);
        }
        if (call.tcpSocket() != null) {
            return turned(container, call.tcpSocket(), path, timeout);
        }
        var grpcPort = call.grpc() == null ? null : call.grpc().getPort();
        if (grpcPort == null) {
            return Optional.empty();
        }
        int listen = grpcProbe(grpcPort, timeout).listen();
        return Optional.of(
                Hook.Call.of(new GRPCActionBuilder(call.grpc()).withPort(listen).build()));
    }

    private Optional<Hook.Call> turned(Container container, HTTPGetAction get, String path, int timeout) {
        return target(container, get.getHost(), get.getPort()).map(port -> {
            http.add(new HttpProbe(path, requestTarget(get.getPath()), port, "HTTPS".equals(get.getScheme()), timeout));
            return Hook.Call.of(new HTTPGetActionBuilder(get)
                    .withScheme("HTTP")
                    .withPath(path)
                    .withPort(new IntOrString(ProxyPorts.HEALTH))
                    .build());
        });
    }

    private Optional<Hook.Call> turned(Container container, TCPSocketAction socket, String path, int timeout) {
        return target(container, socket.getHost(), socket.getPort()).map(port -> {
            tcp.add(new TcpProbe(path, port, timeout));
            return Hook.Call.of(new HTTPGetActionBuilder()
                    .withScheme("HTTP")
                    .withPath(path)
                    .withPort(new IntOrString(ProxyPorts.HEALTH))
                    .build());
        });
    }

    private GrpcProbe grpcProbe(int port, int timeout) {
        var known = grpc.get(port);
        int listen = known == null ? nextFree() : known.listen();
        var probe = new GrpcProbe(listen, port, known == null ? timeout : Math.max(timeout, known.timeoutSeconds()));
        grpc.put(port, probe);
        return probe;
    }

    private int nextFree() {
        int port = ProxyPorts.GRPC_PROBES;
        while (!taken.add(port)) {
            port++;
        }
        return port;
    }

    /** The port of the pod that is meant; empty if it is none, or not the application's. */
    private static Optional<Integer> target(Container container, @Nullable String host, @Nullable IntOrString port) {
        return host != null && !host.isEmpty() || port == null
                ? Optional.empty()
                : number(container, port).filter(number -> !InjectionDecision.RESERVED_PORTS.contains(number));
    }

    /** As the kubelet resolves it: a name of this container's ports, or a number written as text. */
    private static Optional<Integer> number(Container container, IntOrString port) {
        var name = port.getStrVal();
        return name == null
                ? Optional.ofNullable(port.getIntVal())
                : container.getPorts().stream()
                        .filter(declared -> name.equals(declared.getName()))
                        .map(ContainerPort::getContainerPort)
                        .findFirst()
                        .or(() -> Ports.parse(name));
    }

    /** Path and query as they go over the wire. */
    static String requestTarget(@Nullable String path) {
        if (path != null && path.length() > MAX_PATH) {
            throw new IllegalArgumentException("the path \"%s…\" is longer than %d characters; shorten it"
                    .formatted(path.substring(0, 32), MAX_PATH));
        }
        var text = new StringBuilder();
        if (path == null || !path.startsWith("/")) {
            text.append('/');
        }
        var withoutFragment = path == null ? "" : path.split("#", 2)[0];
        for (byte octet : withoutFragment.getBytes(StandardCharsets.UTF_8)) {
            if (octet > ' ' && octet < 0x7f) {
                text.append((char) octet);
            } else {
                text.append("%%%02X".formatted(octet));
            }
        }
        return text.toString();
    }

    private static String key(Container container, Hook hook) {
        return container.getName() + "/" + hook.text();
    }

    /** Containers that may have probes and hooks: those of the application, and its sidecars. */
    private static Stream<Container> containers(PodSpec spec) {
        return Stream.concat(
                spec.getInitContainers().stream().filter(container -> "Always".equals(container.getRestartPolicy())),
                spec.getContainers().stream());
    }
}
