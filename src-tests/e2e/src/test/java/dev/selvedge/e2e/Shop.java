// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.e2e;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;

/** The sample application and the questions that tests ask about it. */
final class Shop {
    static final String NAMESPACE = "shop";
    static final String REVIEWS = "http://reviews:9080/";
    static final String RATINGS = "http://ratings:9080/";
    static final String STOREFRONT = "http://storefront/";
    static final String CATALOG = "http://catalog:9080/";
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private Shop() {}

    /** Calls from the shop's client pod and returns the client's summary. */
    static JsonNode get(Kubectl kubectl, String url, String... arguments) {
        String[] all = new String[arguments.length + 3];
        all[0] = "client";
        all[1] = "get";
        all[2] = url;
        System.arraycopy(arguments, 0, all, 3, arguments.length);
        return kubectl.client(NAMESPACE, "client", all);
    }

    /** Waits until the calls from the client pod have that code. */
    static void awaitCode(Kubectl kubectl, String url, String code, String... arguments) {
        Kubectl.await(
                url + " answers " + code,
                () -> get(kubectl, url, arguments).path("codes").path(code).asInt() == 1);
    }

    /** Waits until a condition of an object has that status, and returns the condition. */
    static JsonNode awaitCondition(
            Kubectl kubectl, String resource, String name, String condition, String status, String reason) {
        return await(resource + " " + name + ": " + condition + "=" + status + " " + reason)
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(200))
                .until(
                        () -> condition(kubectl.json("get", "-n", NAMESPACE, resource, name), condition),
                        found -> found.path("status").asText().equals(status)
                                && found.path("reason").asText().equals(reason)
                                && found.path("observedGeneration").asLong() > 0);
    }

    /** Waits until the operator has taken up what the object says now. */
    static void awaitAccepted(Kubectl kubectl, String namespace, String resource, String name) {
        awaitTrue(kubectl, namespace, resource, name, "Accepted");
    }

    static JsonNode condition(JsonNode object, String type) {
        for (JsonNode condition : object.path("status").path("conditions")) {
            if (condition.path("type").asText().equals(type)) {
                return condition;
            }
        }
        return com.fasterxml.jackson.databind.node.MissingNode.getInstance();
    }

    /** Waits until what the user wrote is in force on every proxy that uses it. */
    static void awaitProgrammed(Kubectl kubectl, String resource, String name) {
        awaitProgrammed(kubectl, NAMESPACE, resource, name);
    }

    static void awaitProgrammed(Kubectl kubectl, String namespace, String resource, String name) {
        awaitTrue(kubectl, namespace, resource, name, "Programmed");
    }

    private static void awaitTrue(Kubectl kubectl, String namespace, String resource, String name, String type) {
        await(resource + " " + name + " is " + type + " in its generation")
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(200))
                .until(() -> {
                    JsonNode object = kubectl.json("get", "-n", namespace, resource, name);
                    JsonNode condition = condition(object, type);
                    return condition.path("status").asText().equals("True")
                            && condition.path("observedGeneration").asLong()
                                    == object.path("metadata")
                                            .path("generation")
                                            .asLong();
                });
    }
}
