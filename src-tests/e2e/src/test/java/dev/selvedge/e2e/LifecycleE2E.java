// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

@E2E
final class LifecycleE2E {
    private static final String ROLLED = """
            apiVersion: v1
            kind: Service
            metadata: {namespace: shop, name: rolled}
            spec: {selector: {app: rolled}, ports: [{name: http, port: 80, targetPort: 8080}]}
            ---
            apiVersion: apps/v1
            kind: Deployment
            metadata: {namespace: shop, name: rolled}
            spec:
              replicas: 3
              selector: {matchLabels: {app: rolled}}
              template:
                metadata: {labels: {app: rolled}}
                spec:
                  containers:
                  - name: app
                    image: selvedge.dev/sample:dev
                    imagePullPolicy: IfNotPresent
                    # An application that ends at once when it is told to.
                    args: [serve, --drain=0s]
                    readinessProbe: {httpGet: {path: /readyz, port: 8080}, periodSeconds: 1}
            """;

    private final Kubectl kubectl;

    LifecycleE2E(Kubectl kubectl) {
        this.kubectl = kubectl;
    }

    @Test
    void no_request_fails_while_a_deployment_rolls_under_load() throws IOException, InterruptedException {
        kubectl.apply(ROLLED);
        try {
            kubectl.run("-n", Shop.NAMESPACE, "rollout", "status", "deployment/rolled", "--timeout=120s");
            Shop.awaitCode(kubectl, "http://rolled/", "200");
            Process load = kubectl.start(
                    "-n",
                    Shop.NAMESPACE,
                    "exec",
                    "deploy/client",
                    "--",
                    "/usr/local/bin/sample",
                    "client",
                    "load",
                    "http://rolled/",
                    "--duration=60s",
                    "--concurrency=4",
                    "--interval=20ms");
            kubectl.run("-n", Shop.NAMESPACE, "rollout", "restart", "deployment/rolled");
            kubectl.run("-n", Shop.NAMESPACE, "rollout", "status", "deployment/rolled", "--timeout=120s");
            assertThat(load.waitFor(120, TimeUnit.SECONDS)).isTrue();
            String out = new String(load.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

            JsonNode summary = Kubectl.parse(out.substring(out.indexOf('{'), out.lastIndexOf('}') + 1));
            assertThat(summary.path("requests").asInt()).isGreaterThan(500);
            assertThat(summary.path("pods").size()).isGreaterThanOrEqualTo(4);
            assertThat(summary.path("failed").asInt()).as(out).isZero();
        } finally {
            kubectl.delete(ROLLED);
        }
    }

    @Test
    void without_the_operator_traffic_flows_and_other_namespaces_start_pods() {
        Shop.awaitCode(kubectl, Shop.REVIEWS, "200");
        kubectl.run("-n", "selvedge-system", "scale", "deployment/selvedge", "--replicas=0");
        try {
            kubectl.run(
                    "-n",
                    "selvedge-system",
                    "wait",
                    "pod",
                    "-l",
                    "app.kubernetes.io/name=selvedge",
                    "--for=delete",
                    "--timeout=90s");
            assertThat(Shop.get(kubectl, Shop.REVIEWS, "--count", "50")
                            .path("failed")
                            .asInt())
                    .isZero();
            for (String namespace : new String[] {"kube-system", "selvedge-system", "default"}) {
                // Pod security may refuse this pod in the operator's namespace; a webhook of ours may not.
                assertThat(kubectl.tryRun(
                                        "-n",
                                        namespace,
                                        "run",
                                        "probe",
                                        "--image=selvedge.dev/sample:dev",
                                        "--dry-run=server",
                                        "--",
                                        "idle")
                                .err())
                        .as(namespace)
                        .doesNotContain("webhook");
            }
            // In a member namespace a pod without a proxy would be outside of the mesh's protection.
            assertThat(kubectl.tryRun(
                                    "-n",
                                    Shop.NAMESPACE,
                                    "run",
                                    "probe",
                                    "--image=selvedge.dev/sample:dev",
                                    "--dry-run=server",
                                    "--",
                                    "idle")
                            .err())
                    .contains("webhook")
                    .contains("inject.selvedge.dev");
        } finally {
            // As many replicas as the installation says.
            kubectl.run("apply", "--server-side", "--force-conflicts", "-k", "config/default");
            kubectl.run("-n", "selvedge-system", "rollout", "status", "deployment/selvedge", "--timeout=180s");
        }
        await("the proxies are back")
                .atMost(Duration.ofSeconds(60))
                .until(() -> kubectl.json("get", "meshes.selvedge.dev", "default")
                                .path("status")
                                .path("proxies")
                                .path("connected")
                                .asInt()
                        >= 6);
    }
}
