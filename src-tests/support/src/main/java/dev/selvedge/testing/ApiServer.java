// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.testing;

import static java.util.Objects.requireNonNull;

import dev.selvedge.cluster.LocalCluster;
import dev.selvedge.cluster.Repository;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * A real kube-apiserver with {@code config/base} in it, without controllers and nodes; one for all test classes of a run,
 * stopped when the run ends. Tests take a {@link KubernetesClient} or a {@link Kubectl} of an administrator as a
 * parameter.
 */
public final class ApiServer implements ParameterResolver {
    /** Where the operator is installed. */
    public static final String OPERATOR_NAMESPACE = "selvedge-system";

    private static final ExtensionContext.Namespace NAMESPACE = ExtensionContext.Namespace.create(ApiServer.class);

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        var type = parameter.getParameter().getType();
        return type == KubernetesClient.class || type == Kubectl.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        var running = requireNonNull(context.getRoot()
                .getStore(NAMESPACE)
                .getOrComputeIfAbsent(Running.class, key -> Running.start(), Running.class));
        return parameter.getParameter().getType() == Kubectl.class ? running.kubectl() : running.client();
    }

    /** A client with the rights that {@code config/base} gives to a ServiceAccount of the operator's namespace. */
    public static KubernetesClient as(KubernetesClient administrator, String serviceAccount) {
        var config = new ConfigBuilder(administrator.getConfiguration())
                .withImpersonateUsername("system:serviceaccount:" + OPERATOR_NAMESPACE + ":" + serviceAccount)
                .withImpersonateGroups(
                        "system:serviceaccounts",
                        "system:serviceaccounts:" + OPERATOR_NAMESPACE,
                        "system:authenticated")
                .build();
        return new KubernetesClientBuilder().withConfig(config).build();
    }

    private record Running(LocalCluster cluster, KubernetesClient client, Kubectl kubectl) implements AutoCloseable {
        static Running start() {
            var cluster = LocalCluster.apiServerOnly("api");
            var kubectl = new Kubectl(cluster.name());
            kubectl.run(
                            "apply",
                            "--server-side",
                            "-k",
                            Repository.file("config/base").toString())
                    .succeeded();
            kubectl.run("wait", "--for=condition=Established", "--timeout=30s", "crd", "--all")
                    .succeeded();
            var config = Config.fromKubeconfig(cluster.kubeconfig().toFile());
            var client = new KubernetesClientBuilder().withConfig(config).build();
            return new Running(cluster, client, kubectl);
        }

        @Override
        public void close() {
            client.close();
            cluster.close();
        }
    }
}
