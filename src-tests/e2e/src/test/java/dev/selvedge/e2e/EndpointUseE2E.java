// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Which pod of a Service is called, and how: releases, balancing, outliers, health checks, Services of every kind. */
@E2E
final class EndpointUseE2E {
    private static final String VERSIONS = """
            subsets:
            - {name: v1, labels: {version: v1}}
            - {name: v2, labels: {version: v2}}
            """;
    /** Nobody has it: a connection is not answered. */
    private static final String DEAD = "10.255.255.1";

    private final Kubectl kubectl;
    private final Lab lab;

    EndpointUseE2E(Kubectl kubectl) {
        this.kubectl = kubectl;
        this.lab = new Lab(kubectl);
    }

    @AfterEach
    void removePolicies() {
        for (String namespace : new String[] {Shop.NAMESPACE, Lab.NAMESPACE}) {
            kubectl.run("delete", "trafficpolicies", "--all", "-n", namespace, "--wait");
            kubectl.run("delete", "services,endpointslices", "-n", namespace, "-l", "test=endpoints", "--wait");
        }
    }

    @Test
    void a_rollout_owns_the_percentage_and_callers_stay_with_their_version() {
        String git = policy(
                Shop.NAMESPACE,
                "reviews",
                VERSIONS + "release: {strategy: Canary, stable: v1, next: v2, sticky: {header: x-user}}\n");
        apply("git", git);
        Shop.awaitProgrammed(kubectl, "trafficpolicy", "reviews");
        assertThat(version("x-user=any")).isEqualTo("v1");

        apply("rollout", policy(Shop.NAMESPACE, "reviews", "", "release: {percent: 50}\n"));
        apply("git", git);
        Shop.awaitProgrammed(kubectl, "trafficpolicy", "reviews");

        assertThat(kubectl.json("get", "-n", Shop.NAMESPACE, "trafficpolicy", "reviews")
                        .path("spec")
                        .path("release")
                        .path("percent")
                        .asInt())
                .isEqualTo(50);
        int next = 0;
        for (int user = 0; user < 12; user++) {
            next += version("x-user=user-" + user).equals("v2") ? 1 : 0;
        }
        // All of twelve fair draws are the same once in two thousand times.
        assertThat(next).isBetween(1, 11);
    }

    @Test
    void one_field_switches_between_blue_and_green() {
        for (String active : new String[] {"v1", "v2", "v1"}) {
            apply(
                    "git",
                    policy(
                            Shop.NAMESPACE,
                            "reviews",
                            VERSIONS + "release: {strategy: BlueGreen, stable: v1, next: v2, active: " + active
                                    + "}\n"));
            Shop.awaitProgrammed(kubectl, "trafficpolicy", "reviews");
            assertThat(version("x-user=any")).isEqualTo(active);
        }
    }

    @Test
    void the_same_header_leads_to_the_same_pod() {
        apply(
                "git",
                policy(
                        Shop.NAMESPACE,
                        "reviews",
                        "loadBalancing: {algorithm: RingHash, hash: [{type: Header, name: x-user}]}\n"));
        Shop.awaitProgrammed(kubectl, "trafficpolicy", "reviews");

        for (int user = 0; user < 4; user++) {
            version("x-user=user-" + user);
        }
    }

    @Test
    void answers_with_a_code_of_the_list_are_retried_and_counted() {
        apply("git", policy(Lab.NAMESPACE, "echo", "retries: {attempts: 2, methods: [GET], codes: [503]}\n"));

        // The first two tries of a request fail at each pod; there is one.
        lab.awaitCaller("200", "get", "http://echo/flaky/2");
        String pod = kubectl.run(
                "get", "pod", "-n", Lab.NAMESPACE, "-l", "app=caller", "-o", "jsonpath={.items[0].metadata.name}");
        String metrics = "/api/v1/namespaces/" + Lab.NAMESPACE + "/pods/" + pod + ":15020/proxy/metrics";
        assertThat(kubectl.run("get", "--raw", metrics))
                .containsPattern("envoy_cluster_upstream_rq_retry\\{[^}]*echo[^}]*} [1-9]");
    }

    /** Without a selector, and the slice does not name the pod; yet it is called with mTLS, for it takes nothing else. */
    @Test
    void an_endpoint_that_cannot_be_connected_is_left_out() {
        kubectl.apply(byHand("manual", "", lab.podAddresses("echo").getFirst(), DEAD));
        apply("git", policy(Lab.NAMESPACE, "manual", """
                retries: {attempts: 0}
                connections: {connectTimeout: 300ms}
                circuitBreaking: {outliers: {consecutiveLocalFailures: 1, baseEjection: 5m}}
                """));
        awaitProgrammed("manual");

        Kubectl.await(
                "the dead endpoint is left out", () -> ok(lab.caller("get", "http://manual/", "--count", "10")) == 10);
    }

    @Test
    void clients_prefer_their_own_zone() {
        String node = kubectl.run(
                "get", "pod", "-n", Lab.NAMESPACE, "-l", "app=caller", "-o", "jsonpath={.items[0].spec.nodeName}");
        kubectl.run("label", "node", node, "topology.kubernetes.io/zone=here", "--overwrite");
        try {
            // A proxy is told its zone when it connects.
            kubectl.run("-n", Lab.NAMESPACE, "rollout", "restart", "deployment/caller");
            kubectl.run("-n", Lab.NAMESPACE, "rollout", "status", "deployment/caller", "--timeout=120s");
            kubectl.run("label", "nodes", "--all", "topology.kubernetes.io/zone=here", "--overwrite");
            kubectl.apply(byHand("near", "PreferClose", lab.podAddresses("echo").getFirst(), DEAD));
            apply("git", policy(Lab.NAMESPACE, "near", "retries: {attempts: 0}\n"));
            awaitProgrammed("near");

            lab.awaitCaller("200", "get", "http://near/");
            assertThat(ok(lab.caller("get", "http://near/", "--count", "20"))).isEqualTo(20);
        } finally {
            kubectl.run("label", "nodes", "--all", "topology.kubernetes.io/zone-");
        }
    }

    @Test
    void a_pod_that_fails_its_health_check_gets_nothing() {
        String check = "healthCheck: {type: HTTP, path: %s, interval: 200ms, timeout: 200ms}\n"
                + "loadBalancing: {panicPercent: 0}\n";
        apply("git", policy(Lab.NAMESPACE, "echo", check.formatted("/status/500")));
        lab.awaitCaller("503", "get", "http://echo/");

        apply("git", policy(Lab.NAMESPACE, "echo", check.formatted("/healthz")));
        lab.awaitCaller("200", "get", "http://echo/");
    }

    @Test
    void a_server_of_grpc_is_asked_whether_it_serves() {
        String check =
                "healthCheck: {type: GRPC, %sinterval: 200ms, timeout: 200ms}\n" + "loadBalancing: {panicPercent: 0}\n";
        apply("git", policy(Lab.NAMESPACE, "echo", check.formatted("service: nobody.knows, ")));
        lab.awaitCaller("Unavailable", "grpc", "echo:90");

        apply("git", policy(Lab.NAMESPACE, "echo", check.formatted("")));
        lab.awaitCaller("OK", "grpc", "echo:90");
    }

    @Test
    void connections_above_the_limit_are_refused() {
        apply("git", policy(Lab.NAMESPACE, "echo", "circuitBreaking: {maxConnections: 1, maxPendingRequests: 1}\n"));
        Shop.awaitProgrammed(kubectl, Lab.NAMESPACE, "trafficpolicy", "echo");

        // Each of the proxy's two workers may have a connection. One waits, and none while a connection is made, for
        // which a request waits, too.
        JsonNode requests = lab.caller("get", "http://echo/delay/1s", "--count", "6", "--concurrency", "6");
        assertThat(ok(requests)).as(requests.toString()).isBetween(1, 3);
        assertThat(requests.path("codes").path("503").asInt())
                .as(requests.toString())
                .isEqualTo(6 - ok(requests));

        JsonNode connections = lab.caller(
                "tcp-stream", "echo:91", "hello", "--interval", "300ms", "--count", "4", "--concurrency", "4");
        assertThat(connections.path("codes").path("OK").asInt())
                .as(connections.toString())
                .isBetween(1, 2);
    }

    /** The proxies of one version fail every request; a client's proxy leaves its pods out. */
    @Test
    void a_pod_that_fails_too_often_is_left_out() {
        kubectl.apply("""
                apiVersion: v1
                kind: Service
                metadata: {namespace: shop, name: reviews-v2, labels: {test: endpoints}}
                spec:
                  selector: {app: reviews, version: v2}
                  ports: [{name: http, port: 9080, targetPort: http, appProtocol: http}]
                """);
        apply("git", policy(Shop.NAMESPACE, "reviews-v2", "faults: [{name: broken, abort: {httpStatus: 503}}]\n"));
        Kubectl.await("some requests fail", () -> {
            int ok = ok(Shop.get(kubectl, Shop.REVIEWS, "--count", "20"));
            return ok > 0 && ok < 20;
        });

        apply("git", policy(Shop.NAMESPACE, "reviews", """
                circuitBreaking:
                  outliers:
                    failurePercentage: {percent: 50, minEndpoints: 2, minRequests: 5}
                    interval: 500ms
                    baseEjection: 5m
                """));
        Kubectl.await("the pods of v2 are left out", () -> ok(Shop.get(kubectl, Shop.REVIEWS, "--count", "40")) == 40);
        assertThat(version("x-user=any")).isEqualTo("v1");
    }

    @Test
    void pods_that_are_not_ready_and_pods_of_a_headless_service_are_called_where_the_service_says_so() {
        kubectl.apply("""
                apiVersion: v1
                kind: Service
                metadata: {namespace: lab, name: echo-early, labels: {test: endpoints}}
                spec:
                  selector: {app: echo}
                  publishNotReadyAddresses: true
                  ports: [{name: web, port: 80, targetPort: 8080, appProtocol: http}]
                ---
                apiVersion: v1
                kind: Service
                metadata: {namespace: lab, name: echo-pods, labels: {test: endpoints}}
                spec:
                  clusterIP: None
                  selector: {app: echo}
                  publishNotReadyAddresses: true
                  ports: [{name: web, port: 8080, appProtocol: http}]
                """);
        String pod = "http://echo-pods.lab:8080/";
        lab.awaitCaller("200", "get", "http://echo-early/");
        lab.awaitCaller("200", "get", pod);
        lab.caller("get", pod + "readyz", "--method", "POST", "--body", "false");
        try {
            lab.awaitCaller("503", "get", "http://echo/");
            lab.awaitCaller("200", "get", "http://echo-early/");
            lab.awaitCaller("200", "get", pod);
        } finally {
            lab.caller("get", pod + "readyz", "--method", "POST", "--body", "true");
            lab.awaitCaller("200", "get", "http://echo/");
        }
    }

    /** The one version that answers these calls. */
    private String version(String header) {
        JsonNode versions = Shop.get(kubectl, Shop.REVIEWS, "--count", "8", "--header", header)
                .path("versions");
        assertThat(versions).as(header).hasSize(1);
        return versions.fieldNames().next();
    }

    private static int ok(JsonNode summary) {
        return summary.path("codes").path("200").asInt();
    }

    private void awaitProgrammed(String policy) {
        Kubectl.await(policy + " is accepted", () -> {
            JsonNode found = kubectl.json("get", "-n", Lab.NAMESPACE, "trafficpolicy", policy);
            return Shop.condition(found, "Accepted").path("status").asText().equals("True");
        });
    }

    /** A Service without a selector and its slice: the first address is in the zone of the caller, the second is not. */
    private static String byHand(String name, String distribution, String first, String second) {
        return """
                apiVersion: v1
                kind: Service
                metadata: {namespace: lab, name: %1$s, labels: {test: endpoints}}
                spec:
                  ports: [{name: web, port: 80, targetPort: 8080, appProtocol: http}]
                  %2$s
                ---
                apiVersion: discovery.k8s.io/v1
                kind: EndpointSlice
                metadata: {namespace: lab, name: %1$s-1, labels: {test: endpoints, kubernetes.io/service-name: %1$s}}
                addressType: IPv4
                ports: [{name: web, port: 8080}]
                endpoints:
                - {addresses: [%3$s], zone: here, conditions: {ready: true}}
                - {addresses: [%4$s], zone: there, conditions: {ready: true}}
                """.formatted(name, distribution.isEmpty() ? "" : "trafficDistribution: " + distribution, first, second);
    }

    private void apply(String manager, String yaml) {
        Kubectl.Result result = kubectl.tryRunWith(
                yaml, "apply", "--server-side", "--force-conflicts", "--field-manager=" + manager, "-f", "-");
        assertThat(result.ok()).as(result.err()).isTrue();
    }

    private static String policy(String namespace, String service, String spec) {
        return policy(namespace, service, "targetRefs: [{kind: Service, name: " + service + "}]\n", spec);
    }

    private static String policy(String namespace, String name, String targets, String spec) {
        return """
                apiVersion: selvedge.dev/v1alpha1
                kind: TrafficPolicy
                metadata: {namespace: %s, name: %s}
                spec:
                %s
                """.formatted(namespace, name, (targets + spec).indent(2));
    }
}
