// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;

/** The workloads in {@code workloads/}: a server that speaks every protocol, and two who call it. */
record Lab(Kubectl kubectl) {
    static final String NAMESPACE = "lab";
    static final String VISITORS = "lab-visitors";
    static final String FOLDER = "src-tests/e2e/workloads";
    /** Namespace and name of each Deployment. */
    static final Map<String, List<String>> DEPLOYMENTS =
            Map.of(NAMESPACE, List.of("echo", "caller"), VISITORS, List.of("visitor"));

    /** Calls from the server's own namespace; the arguments are those of {@code sample client}. */
    JsonNode caller(String... arguments) {
        return client(NAMESPACE, "caller", arguments);
    }

    /** Calls from the other namespace. */
    JsonNode visitor(String... arguments) {
        return client(VISITORS, "visitor", arguments);
    }

    private JsonNode client(String namespace, String deployment, String... arguments) {
        String[] all = new String[arguments.length + 1];
        all[0] = "client";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        return kubectl.client(namespace, deployment, all);
    }

    /** Waits until the calls of the caller end with that code. */
    void awaitCaller(String code, String... arguments) {
        awaitCode(NAMESPACE, "caller", code, arguments);
    }

    /** Waits until the calls of the visitor end with that code. */
    void awaitVisitor(String code, String... arguments) {
        awaitCode(VISITORS, "visitor", code, arguments);
    }

    private void awaitCode(String namespace, String deployment, String code, String... arguments) {
        Kubectl.await(
                deployment + " " + String.join(" ", arguments) + " ends with " + code,
                () -> client(namespace, deployment, arguments)
                                .path("codes")
                                .path(code)
                                .asInt()
                        == 1);
    }

    /** The cluster addresses of a Service, one for each family. */
    List<String> serviceAddresses(String service) {
        String addresses =
                kubectl.run("-n", NAMESPACE, "get", "service", service, "-o", "jsonpath={.spec.clusterIPs[*]}");
        return List.of(addresses.split(" "));
    }

    /** The addresses of the pod with that label. */
    List<String> podAddresses(String app) {
        JsonNode pod = kubectl.json("-n", NAMESPACE, "get", "pod", "-l", "app=" + app)
                .path("items")
                .path(0);
        return pod.path("status").path("podIPs").findValuesAsText("ip");
    }

    /** Applies an AuthorizationPolicy for the server and waits until it is in force. */
    void policy(String name, String spec) {
        kubectl.apply("""
                apiVersion: selvedge.dev/v1alpha1
                kind: AuthorizationPolicy
                metadata: {namespace: lab, name: %s}
                spec:
                  targetRefs: [{kind: Service, name: echo}]
                %s
                """.formatted(name, spec.indent(2)));
        Shop.awaitProgrammed(kubectl, NAMESPACE, "authorizationpolicy", name);
    }

    /** Applies a TrafficPolicy for the server and waits until it is in force. */
    void trafficPolicy(String spec) {
        kubectl.apply("""
                apiVersion: selvedge.dev/v1alpha1
                kind: TrafficPolicy
                metadata: {namespace: lab, name: echo}
                spec:
                  targetRefs: [{kind: Service, name: echo}]
                %s
                """.formatted(spec.indent(2)));
        Shop.awaitProgrammed(kubectl, NAMESPACE, "trafficpolicy", "echo");
    }

    void removeTrafficPolicies() {
        kubectl.run("delete", "trafficpolicies", "--all", "-n", NAMESPACE, "--wait");
    }

    /** Removes all policies and waits until everybody may call again. */
    void removePolicies() {
        kubectl.run("delete", "authorizationpolicies", "--all", "-n", NAMESPACE, "--wait");
        awaitCaller("200", "get", "http://echo/");
        awaitVisitor("200", "get", "http://echo.lab/");
    }
}
