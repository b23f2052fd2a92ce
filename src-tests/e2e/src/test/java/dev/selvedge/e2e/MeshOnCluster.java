// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.e2e;

import static org.awaitility.Awaitility.await;

import dev.selvedge.cluster.Cluster;
import dev.selvedge.cluster.Clusters;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store.CloseableResource;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * A cluster of two nodes with the operator installed from {@code config/}, the sample Mesh applied, and the shop and
 * the {@link Lab} running.
 * Started once for all test classes, stopped at the end of the run. Tests take a {@link Kubectl} or the
 * {@link Cluster} as parameter.
 */
final class MeshOnCluster implements BeforeAllCallback, ParameterResolver, AfterTestExecutionCallback {
    static final Path ROOT = Path.of(System.getProperty("selvedge.root", "../.."))
            .toAbsolutePath()
            .normalize();

    /** The name of the local cluster; {@code run} removes the cluster of the same name. */
    private static final String CLUSTER = System.getenv().getOrDefault("SELVEDGE_E2E_CLUSTER", "selvedge-e2e");

    /** Keeps the cluster for all test classes and stops it at the end. */
    private record Running(Cluster cluster, Kubectl kubectl) implements CloseableResource {
        @Override
        public void close() throws Exception {
            cluster.close();
        }
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        running(context);
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Kubectl.class
                || parameter.getParameter().getType() == Cluster.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Cluster.class
                ? running(context).cluster()
                : running(context).kubectl();
    }

    @Override
    public void afterTestExecution(ExtensionContext context) {
        if (context.getExecutionException().isPresent()) {
            Evidence.collect(running(context).kubectl(), context.getDisplayName());
        }
    }

    private static Running running(ExtensionContext context) {
        return context.getRoot()
                .getStore(Namespace.create(MeshOnCluster.class))
                .getOrComputeIfAbsent(Running.class, key -> start(), Running.class);
    }

    private static Running start() {
        Cluster cluster = Clusters.open(CLUSTER, 2);
        Kubectl kubectl = new Kubectl(kubectlBinary(), cluster.kubeconfig(), ROOT);
        try {
            for (String image : List.of("operator", "proxy", "sample", "ratelimit")) {
                cluster.load(ROOT.resolve("build/images/" + image + ".tar"));
            }
            install(kubectl);
            return new Running(cluster, kubectl);
        } catch (RuntimeException | Error e) {
            Evidence.collect(kubectl, "install");
            cluster.close();
            throw e;
        }
    }

    /** The one that was built with the local cluster, else the user's own. */
    private static String kubectlBinary() {
        return System.getProperty("selvedge.kubectl", "kubectl");
    }

    private static void install(Kubectl kubectl) {
        kubectl.run("apply", "--server-side", "-k", "config/default");
        kubectl.run("-n", "selvedge-system", "rollout", "status", "deployment/selvedge", "--timeout=180s");
        kubectl.run("apply", "--server-side", "-f", "config/samples/mesh.yaml");
        await("the Mesh is Ready")
                .atMost(Duration.ofMinutes(2))
                .pollInterval(Duration.ofMillis(500))
                .until(() -> "True"
                        .equals(kubectl.run(
                                "get",
                                "meshes.selvedge.dev",
                                "default",
                                "-o",
                                "jsonpath={.status.conditions[?(@.type==\"Ready\")].status}")));
        kubectl.run("apply", "--server-side", "-k", "config/samples/shop");
        kubectl.run("apply", "--server-side", "-k", Lab.FOLDER);
        for (String deployment : List.of("storefront", "catalog", "reviews-v1", "reviews-v2", "ratings", "client")) {
            kubectl.run("-n", "shop", "rollout", "status", "deployment/" + deployment, "--timeout=180s");
        }
        Lab.DEPLOYMENTS.forEach((namespace, deployments) -> deployments.forEach(deployment ->
                kubectl.run("-n", namespace, "rollout", "status", "deployment/" + deployment, "--timeout=180s")));
    }

    /** What is needed to understand a failure, written below {@code target/evidence}. */
    private static final class Evidence {
        static void collect(Kubectl kubectl, String test) {
            Path file = Path.of("target/evidence", test.replaceAll("[^A-Za-z0-9_-]+", "_") + ".txt");
            StringBuilder text = new StringBuilder();
            for (String command : List.of(
                    "get pods -A -o wide",
                    "get events -A --sort-by=.lastTimestamp",
                    "get meshes.selvedge.dev,trafficpolicies,authorizationpolicies,externalservices,gateways,httproutes"
                            + " -A -o yaml",
                    "logs -n selvedge-system -l app.kubernetes.io/name=selvedge --tail=400 --prefix",
                    "logs -n shop -l selvedge.dev/proxy=Sidecar -c selvedge-proxy --tail=60 --prefix",
                    "logs -n lab -l selvedge.dev/proxy -c selvedge-proxy --tail=60 --prefix",
                    "logs -n lab-visitors -l selvedge.dev/proxy -c selvedge-proxy --tail=60 --prefix")) {
                Kubectl.Result result = kubectl.tryRun(command.split(" "));
                text.append("$ kubectl ")
                        .append(command)
                        .append('\n')
                        .append(result.out())
                        .append(result.err())
                        .append('\n');
            }
            try {
                Files.createDirectories(file.getParent());
                Files.writeString(file, text);
            } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }
    }
}
