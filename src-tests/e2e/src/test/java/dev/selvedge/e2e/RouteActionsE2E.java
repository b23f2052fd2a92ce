// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a route of a TrafficPolicy does to requests and answers, at the client's proxy. */
@E2E
final class RouteActionsE2E {
    private static final String URL = "http://echo.lab";

    private final Lab lab;

    RouteActionsE2E(Kubectl kubectl) {
        lab = new Lab(kubectl);
    }

    @AfterEach
    void removePolicies() {
        lab.removeTrafficPolicies();
    }

    @Test
    void redirects_and_direct_responses_reach_no_server() {
        lab.trafficPolicy("""
                routes:
                - name: moved
                  matches: [{path: {type: Prefix, value: /old}}]
                  requestRedirect:
                    hostname: shop.example.com
                    path: {type: ReplacePrefixMatch, replacePrefixMatch: /new}
                    statusCode: 301
                - name: closed
                  matches: [{path: {type: Template, value: "/items/{id}/edit"}}]
                  directResponse: {statusCode: 418, body: "closed until nine"}
                  responseHeaderModifier: {set: [{name: retry-after, value: "60"}]}
                - name: rest
                """);
        lab.awaitCaller("301", "get", URL + "/old/x");

        JsonNode moved = lab.caller("get", URL + "/old/x?q=1", "--print").path("sample");
        assertThat(moved.path("headers").path("location").asText()).isEqualTo("http://shop.example.com/new/x?q=1");
        JsonNode closed = lab.caller("get", URL + "/items/7/edit", "--print").path("sample");
        assertThat(closed.path("code").asText()).isEqualTo("418");
        assertThat(closed.path("headers").path("retry-after").asText()).isEqualTo("60");
        assertThat(lab.caller("get", URL + "/items/7").path("codes").path("200").asInt())
                .isEqualTo(1);
    }

    @Test
    void the_server_sees_another_path_host_and_headers() {
        lab.trafficPolicy("""
                routes:
                - name: api
                  matches: [{path: {type: Prefix, value: /api}}]
                  urlRewrite: {hostname: inner.example.com, path: {type: ReplacePrefixMatch, replacePrefixMatch: /}}
                  requestHeaderModifier:
                    set: [{name: x-set, value: "100%"}]
                    add: [{name: x-add, value: b}]
                    remove: [x-remove]
                  responseHeaderModifier: {set: [{name: x-route, value: api}]}
                - name: rest
                """);
        Kubectl.await("the route is there", () -> lab.caller("get", URL + "/api/x", "--print")
                .path("sample")
                .path("headers")
                .path("x-route")
                .asText()
                .equals("api"));

        JsonNode body = lab.caller(
                        "get",
                        URL + "/api/x",
                        "--print",
                        "--header",
                        "x-set=old",
                        "--header",
                        "x-add=a",
                        "--header",
                        "x-remove=secret")
                .path("sample")
                .path("body");

        assertThat(body.path("path").asText()).isEqualTo("/x");
        assertThat(body.path("host").asText()).isEqualTo("inner.example.com");
        String headers = body.path("headers").toString().toLowerCase(java.util.Locale.ROOT);
        assertThat(headers).contains("\"x-set\":\"100%\"").containsPattern("\"x-add\":\"a, ?b\"");
        assertThat(headers).doesNotContain("secret");
    }

    @Test
    void a_route_of_one_port_leaves_the_others_alone() {
        lab.trafficPolicy("routes: [{name: closed, ports: [180], directResponse: {statusCode: 418}}]\n");

        lab.awaitCaller("418", "get", URL + ":180/");
        lab.awaitCaller("200", "get", URL + "/");
        lab.trafficPolicy("routes: [{name: web, ports: [80]}]\n");
        lab.awaitCaller("200", "get", URL + ":180/");
    }

    @Test
    void a_route_can_ask_who_calls() {
        lab.trafficPolicy("""
                routes:
                - name: visitors
                  matches: [{source: {namespaces: [lab-visitors]}}]
                  directResponse: {statusCode: 418}
                - name: callers
                  matches: [{source: {labels: {app: caller}}, path: {type: Prefix, value: /mine}}]
                  directResponse: {statusCode: 419}
                - name: rest
                """);

        lab.awaitVisitor("418", "get", URL + "/mine");
        lab.awaitCaller("419", "get", URL + "/mine");
        lab.awaitCaller("200", "get", URL + "/");
        lab.trafficPolicy("routes: [{name: rest}]\n");
        lab.awaitVisitor("200", "get", URL + "/mine");
        lab.awaitCaller("200", "get", URL + "/mine");
    }
}
