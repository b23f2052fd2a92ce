// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** HTTPRoutes and GRPCRoutes that attach to a Service (GAMMA). */
@E2E
final class ServiceRoutesE2E {
    private static final String URL = "http://echo.lab/";

    private final Kubectl kubectl;
    private final Lab lab;

    ServiceRoutesE2E(Kubectl kubectl) {
        this.kubectl = kubectl;
        this.lab = new Lab(kubectl);
    }

    @AfterEach
    void removeRoutes() {
        for (String namespace : new String[] {Lab.NAMESPACE, Lab.VISITORS}) {
            kubectl.run("delete", "httproutes,grpcroutes,trafficpolicies", "--all", "-n", namespace, "--wait");
        }
        awaitBy("");
    }

    @Test
    void a_producers_route_holds_for_all_and_a_consumers_for_its_own_namespace() {
        kubectl.apply(route(Lab.NAMESPACE, "producer"));
        awaitBy("producer");
        awaitVisitorBy("producer");

        kubectl.apply(route(Lab.VISITORS, "consumer"));
        awaitVisitorBy("consumer");
        assertThat(by(lab.caller("get", URL, "--print"))).isEqualTo("producer");
        for (String namespace : new String[] {Lab.NAMESPACE, Lab.VISITORS}) {
            awaitParent(namespace, "Accepted", "True");
            awaitParent(namespace, "ResolvedRefs", "True");
            awaitParent(namespace, "Programmed", "True");
        }

        kubectl.run("delete", "httproute", "echo", "-n", Lab.VISITORS, "--wait");
        awaitVisitorBy("producer");
    }

    @Test
    void what_no_rule_matches_is_answered_with_404_and_other_ports_are_left_alone() {
        kubectl.apply("""
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {namespace: lab, name: echo}
                spec:
                  parentRefs: [{group: "", kind: Service, name: echo, port: 80}]
                  rules:
                  - matches: [{path: {type: PathPrefix, value: /known}}]
                    backendRefs: [{name: echo, port: 80}]
                """);

        lab.awaitCaller("404", "get", URL + "unknown");
        lab.awaitCaller("200", "get", URL + "known");
        lab.awaitCaller("200", "get", "http://echo.lab:81/unknown", "--http2");
        // The address decides, whatever the Host header says.
        lab.awaitCaller("404", "get", URL + "unknown", "--header", "Host=reviews.shop");
    }

    @Test
    void a_route_that_leaves_says_nothing_of_its_parent_any_more() {
        kubectl.apply(route(Lab.NAMESPACE, "ours"));
        awaitBy("ours");
        awaitParent(Lab.NAMESPACE, "Programmed", "True");

        kubectl.run(
                "patch",
                "httproute",
                "echo",
                "-n",
                Lab.NAMESPACE,
                "--type=merge",
                "-p",
                "{\"spec\": {\"parentRefs\": []}}");

        Kubectl.await("the status has no parent", () -> kubectl.json("get", "httproute", "echo", "-n", Lab.NAMESPACE)
                .path("status")
                .path("parents")
                .isEmpty());
    }

    @Test
    void a_route_wins_over_a_policys_routes_and_the_policy_says_so() {
        kubectl.apply("""
                apiVersion: selvedge.dev/v1alpha1
                kind: TrafficPolicy
                metadata: {namespace: lab, name: echo}
                spec:
                  targetRefs: [{kind: Service, name: echo}]
                  routes: [{name: policy, responseHeaderModifier: {set: [{name: x-by, value: policy}]}}]
                """);
        awaitBy("policy");
        kubectl.apply(route(Lab.NAMESPACE, "route"));
        awaitBy("route");

        Kubectl.await("the policy says so", () -> kubectl.json("get", "trafficpolicy", "echo", "-n", Lab.NAMESPACE)
                .path("status")
                .path("overriddenBy")
                .toString()
                .contains("HTTPRoute lab/echo decides spec.routes of Service lab/echo"));
    }

    @Test
    void an_edit_of_one_route_leaves_the_connections_of_another_alone() {
        kubectl.apply(route(Lab.NAMESPACE, "before"));
        awaitBy("before");
        // Each in a thread of its own: in the common pool of a small machine the second would wait for the first.
        var slow = CompletableFuture.supplyAsync(
                () -> lab.caller("get", "http://echo.lab:81/delay/8s", "--http2", "--timeout", "30s"),
                Thread::startVirtualThread);
        var stream = CompletableFuture.supplyAsync(
                () -> lab.caller("get", URL + "delay/8s", "--print", "--timeout", "30s"), Thread::startVirtualThread);

        for (String value : new String[] {"one", "two", "three"}) {
            kubectl.apply(route(Lab.NAMESPACE, value));
            awaitBy(value);
        }

        assertThat(slow.join().path("failed").asInt()).isZero();
        JsonNode answer = stream.join();
        assertThat(answer.path("failed").asInt()).isZero();
        assertThat(answer.path("sample").path("headers").path("connection").asText())
                .as("a connection that is being drained is told to close")
                .isEmpty();
    }

    @Test
    void calls_are_routed_by_their_method() {
        kubectl.apply("""
                apiVersion: gateway.networking.k8s.io/v1
                kind: GRPCRoute
                metadata: {namespace: lab, name: echo}
                spec:
                  parentRefs: [{group: "", kind: Service, name: echo, port: 90}]
                  rules:
                  - matches: [{headers: [{name: x-user, value: nobody}]}]
                    backendRefs: [{name: missing, port: 90}]
                  - backendRefs: [{name: echo, port: 90}]
                """);
        Kubectl.await("the route is attached", () -> parent("grpcroute", Lab.NAMESPACE, "Accepted")
                .equals("True"));

        Kubectl.await(
                "calls go through",
                () -> lab.caller("grpc", "echo.lab:90").path("failed").asInt() == 0);
        assertThat(parent("grpcroute", Lab.NAMESPACE, "ResolvedRefs")).isEqualTo("False");
    }

    private void awaitParent(String namespace, String type, String status) {
        Kubectl.await(
                "HTTPRoute " + namespace + "/echo: " + type + "=" + status,
                () -> parent("httproute", namespace, type).equals(status));
    }

    private String parent(String kind, String namespace, String type) {
        for (JsonNode condition : kubectl.json("get", kind, "echo", "-n", namespace)
                .path("status")
                .path("parents")
                .path(0)
                .path("conditions")) {
            if (condition.path("type").asText().equals(type)) {
                return condition.path("status").asText();
            }
        }
        return "";
    }

    private void awaitBy(String value) {
        Kubectl.await("the caller is routed by \"" + value + "\"", () -> by(lab.caller("get", URL, "--print"))
                .equals(value));
    }

    private void awaitVisitorBy(String value) {
        Kubectl.await("the visitor is routed by " + value, () -> by(lab.visitor("get", URL, "--print"))
                .equals(value));
    }

    private static String by(JsonNode summary) {
        return summary.path("sample").path("headers").path("x-by").asText();
    }

    /** A route to port 80 of the server that signs the answers. */
    private static String route(String namespace, String value) {
        return """
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {namespace: %s, name: echo}
                spec:
                  parentRefs: [{group: "", kind: Service, name: echo, namespace: lab, port: 80}]
                  rules:
                  - filters:
                    - {type: ResponseHeaderModifier, responseHeaderModifier: {set: [{name: x-by, value: %s}]}}
                    backendRefs: [{name: echo, namespace: lab, port: 80}]
                """.formatted(namespace, value);
    }
}
