// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.faults;

import dev.selvedge.cluster.LocalCluster;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.operator.Replica;
import dev.selvedge.reconciler.pki.KeyAndChain;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** A real API server with a mesh of services and pods that nobody runs. */
final class World implements AutoCloseable {
    /** Kubernetes allows no more endpoints in one. */
    private static final int SLICE = 1_000;

    static final String NAMESPACE = "shop";

    /** A pod with a sidecar. */
    record Workload(ObjectName name, String uid) {}

    private final LocalCluster cluster;
    private final KubernetesClient client;
    private final KeyAndChain anchor;

    /** Everything that a mesh needs, without a service and without a pod. */
    private World() {
        var running = System.getProperty("faults.cluster");
        cluster = running == null ? LocalCluster.apiServerOnly("faults") : LocalCluster.start(running, 0);
        client = clientOf(cluster.kubeconfig());
        installCrds();
        apply("{kind: Namespace, apiVersion: v1, metadata: {name: %s}}".formatted(Replica.NAMESPACE));
        apply("{kind: Namespace, apiVersion: v1, metadata: {name: %s, labels: {selvedge.dev/mesh: default}}}"
                .formatted(NAMESPACE));
        apply("{kind: ServiceAccount, apiVersion: v1, metadata: {name: default, namespace: %s}}".formatted(NAMESPACE));
        anchor = Replica.giveIssuer(client);
        apply("""
                {kind: Mesh, apiVersion: selvedge.dev/v1alpha1, metadata: {name: default},
                 spec: {members: {namespaceSelector: {matchLabels: {selvedge.dev/mesh: default}}}}}""");
        // What an earlier run left in a cluster that goes on.
        client.pods().inNamespace(NAMESPACE).withGracePeriod(0).delete();
        client.services().inNamespace(NAMESPACE).delete();
        client.discovery().v1().endpointSlices().inNamespace(NAMESPACE).delete();
    }

    /** Gives the one world of a test run to test classes that take it as a parameter. */
    static final class Shared implements ParameterResolver {
        @Override
        public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
            return parameter.getParameter().getType() == World.class;
        }

        @Override
        public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
            return context.getRoot()
                    .getStore(ExtensionContext.Namespace.create(World.class))
                    .computeIfAbsent(World.class, _ -> new World(), World.class);
        }
    }

    private void installCrds() {
        try (var files = Files.list(Path.of("../config/crd"))) {
            for (var file : files.filter(each -> each.toString().endsWith("selvedge.dev.yaml"))
                    .toList()) {
                client.load(Files.newInputStream(file)).serverSideApply();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        client.apiextensions().v1().customResourceDefinitions().list().getItems().stream()
                .filter(crd -> crd.getSpec().getGroup().equals("selvedge.dev"))
                .forEach(crd -> client.resource(crd).waitUntilCondition(World::isEstablished, 60, TimeUnit.SECONDS));
    }

    private static boolean isEstablished(CustomResourceDefinition crd) {
        return crd.getStatus() != null
                && crd.getStatus().getConditions() != null
                && crd.getStatus().getConditions().stream()
                        .anyMatch(each -> each.getType().equals("Established")
                                && each.getStatus().equals("True"));
    }

    /** An administrator's. */
    Config config() {
        return config(cluster.kubeconfig());
    }

    static KubernetesClient clientOf(Path kubeconfig) {
        return new KubernetesClientBuilder().withConfig(config(kubeconfig)).build();
    }

    private static Config config(Path kubeconfig) {
        var config = Config.fromKubeconfig(kubeconfig.toFile());
        // The client does not see this from a key in PKCS #8.
        config.setClientKeyAlgo("EC");
        config.setRequestTimeout(60_000);
        return config;
    }

    /** What the API server keeps its objects in. */
    URI etcd() {
        // Without nodes both listen at the same address.
        return URI.create("http://%s:22379"
                .formatted(URI.create(client.getConfiguration().getMasterUrl()).getHost()));
    }

    Path kubeconfig() {
        return cluster.kubeconfig();
    }

    KubernetesClient client() {
        return client;
    }

    /** A client that reaches the API server by a proxy on this port of loopback. */
    static KubernetesClient clientBy(int port) {
        return new KubernetesClientBuilder()
                .withConfig(new ConfigBuilder(Config.empty())
                        .withMasterUrl("http://127.0.0.1:" + port)
                        .withHttp2Disable(true)
                        .withRequestTimeout(10_000)
                        .build())
                .build();
    }

    List<X509Certificate> anchors() {
        return List.of(anchor.certificate());
    }

    static <T> T read(Class<T> type, String yaml) {
        // The marker keeps the client from taking YAML that begins with a brace for JSON.
        return Serialization.unmarshal("---\n" + yaml, type);
    }

    void apply(String yaml) {
        client.resource((HasMetadata) Serialization.unmarshal("---\n" + yaml)).serverSideApply();
    }

    /** A Service with one HTTP port. */
    void service(String name) {
        service(name, null);
    }

    /**
     * The same.
     *
     * @param address one that is free; null for any
     * @return its address
     */
    String service(String name, @Nullable String address) {
        return client.resource(read(Service.class, """
                        {metadata: {name: %s, namespace: %s},
                         spec: {clusterIP: %s,
                                ports: [{name: http, port: 80, targetPort: 8080, appProtocol: http}]}}""".formatted(name, NAMESPACE, address)))
                .create()
                .getSpec()
                .getClusterIP();
    }

    /** Says who is behind a Service now. */
    void endpoints(String service, List<String> addresses) {
        for (int from = 0; from < addresses.size(); from += SLICE) {
            slice(service, from / SLICE + 1, addresses.subList(from, Math.min(from + SLICE, addresses.size())));
        }
    }

    private void slice(String service, int number, List<String> addresses) {
        var endpoints = addresses.stream()
                .map("{addresses: [%s], conditions: {ready: true, serving: true, terminating: false}}"::formatted)
                .collect(Collectors.joining(", "));
        client.resource(read(EndpointSlice.class, """
                        {metadata: {name: %1$s-%4$d, namespace: %2$s, labels: {kubernetes.io/service-name: %1$s}},
                         addressType: IPv4, ports: [{name: http, port: 8080, protocol: TCP}], endpoints: [%3$s]}""".formatted(service, NAMESPACE, endpoints, number)))
                .forceConflicts()
                .serverSideApply();
    }

    void delete(String service) {
        client.services().inNamespace(NAMESPACE).withName(service).delete();
        client.discovery()
                .v1()
                .endpointSlices()
                .inNamespace(NAMESPACE)
                .withLabel("kubernetes.io/service-name", service)
                .delete();
    }

    /** A pod with a sidecar. */
    Workload pod(String name) {
        var pod =
                client.resource(read(Pod.class, """
                        {metadata: {name: %s, namespace: %s},
                         spec: {serviceAccountName: default, containers: [{name: app, image: app}],
                                initContainers: [{name: selvedge-proxy, image: proxy, restartPolicy: Always}]}}""".formatted(name, NAMESPACE))).create();
        return new Workload(new ObjectName(NAMESPACE, name), pod.getMetadata().getUid());
    }

    List<Workload> pods(String prefix, int count) {
        return each(count, i -> pod(prefix + "-" + i));
    }

    /** A token as kubelet gives it to the pod. */
    String token(Workload pod, Duration life) {
        return client.serviceAccounts()
                .inNamespace(NAMESPACE)
                .withName("default")
                .tokenRequest(new TokenRequestBuilder()
                        .withNewSpec()
                        .withAudiences("selvedge")
                        .withExpirationSeconds(life.toSeconds())
                        .withNewBoundObjectRef("v1", "Pod", pod.name().name(), pod.uid())
                        .endSpec()
                        .build())
                .getStatus()
                .getToken();
    }

    Map<Workload, String> tokens(List<Workload> pods) {
        var tokens = each(pods.size(), i -> token(pods.get(i), Duration.ofHours(3)));
        return IntStream.range(0, pods.size()).boxed().collect(Collectors.toMap(pods::get, tokens::get));
    }

    /** Does something for each number, a few at a time, in order of the result. */
    static <T> List<T> each(int count, IntFunction<T> action) {
        try (var executor = Executors.newFixedThreadPool(8)) {
            var jobs = IntStream.range(0, count)
                    .<Callable<T>>mapToObj(i -> () -> action.apply(i))
                    .toList();
            return executor.invokeAll(jobs).stream().map(Future::resultNow).toList();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        client.close();
        cluster.close();
    }
}
