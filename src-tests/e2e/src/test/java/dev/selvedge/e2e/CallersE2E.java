// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who is meant, and what is meant, by a rule of an AuthorizationPolicy. */
@E2E
final class CallersE2E {
    private static final String ECHO = "http://echo.lab";

    private final Lab lab;

    CallersE2E(Kubectl kubectl) {
        lab = new Lab(kubectl);
    }

    @AfterEach
    void removePolicies() {
        lab.removePolicies();
    }

    @Test
    void a_namespace_is_what_the_certificate_says() {
        lab.policy("visitors", "action: Allow\nrules: [{name: visitors, from: [{namespaces: [lab-visitors]}]}]\n");

        lab.awaitCaller("403", "get", ECHO + "/");
        lab.awaitVisitor("200", "get", ECHO + "/");
        assertThat(lab.caller(
                                "get",
                                ECHO + "/",
                                "--header",
                                "x-forwarded-client-cert=URI=spiffe://cluster.local/ns/lab-visitors/sa/visitor")
                        .path("codes")
                        .path("403")
                        .asInt())
                .isEqualTo(1);
        assertThat(lab.visitor("tcp", "echo.lab:91", "hello")
                        .path("codes")
                        .path("OK")
                        .asInt())
                .isEqualTo(1);
        assertThat(lab.caller("tcp", "echo.lab:91", "hello").path("failed").asInt())
                .isEqualTo(1);
    }

    @Test
    void an_address_is_that_of_the_connection() {
        String blocks = lab.podAddresses("caller").stream()
                .map(address -> "'" + address + (address.contains(":") ? "/128'" : "/32'"))
                .collect(Collectors.joining(", "));
        lab.policy("caller-only", "action: Allow\nrules: [{name: caller, from: [{ipBlocks: [" + blocks + "]}]}]\n");

        lab.awaitVisitor("403", "get", ECHO + "/");
        lab.awaitCaller("200", "get", ECHO + "/");
        String address = lab.podAddresses("caller").getFirst();
        assertThat(lab.visitor("get", ECHO + "/", "--header", "x-forwarded-for=" + address)
                        .path("codes")
                        .path("403")
                        .asInt())
                .isEqualTo(1);
    }

    @Test
    void a_port_is_the_services_whatever_is_spoken_there() {
        lab.policy("closed", "action: Deny\nrules: [{name: ports, to: [{ports: [90, 91]}]}]\n");

        lab.awaitCaller("PermissionDenied", "grpc", "echo:90");
        await("the TCP port is closed").atMost(Duration.ofSeconds(30)).untilAsserted(() -> assertThat(
                        lab.caller("tcp", "echo:91", "hello").path("failed").asInt())
                .isEqualTo(1));
        lab.awaitCaller("200", "get", ECHO + "/");
        lab.awaitCaller("200", "get", "https://echo/");
    }

    @Test
    void a_denied_path_is_denied_however_it_is_spelled() {
        lab.policy("no-admin", """
                action: Deny
                rules: [{name: admin, to: [{paths: [{type: Prefix, value: /admin}]}]}]
                """);

        for (String path : new String[] {
            "/admin",
            "/admin/",
            "/admin?page=1",
            "//admin",
            "/./admin",
            "/x/../admin",
            "/%61dmin",
            "/x/%2e%2e/admin",
            "/admin%2fx",
            "/x%2f..%2fadmin",
            "/x/..%2Fadmin",
            "/x/..;/admin",
            "/admin;x",
            "/x%5c..%5cadmin",
            "/%2561dmin"
        }) {
            lab.awaitCaller("403", "get", ECHO + path);
        }
        // Rules compare case, as their documentation says; and a prefix is of whole segments.
        for (String path : new String[] {"/", "/x", "/administrator", "/x/admin", "/ADMIN"}) {
            lab.awaitCaller("200", "get", ECHO + path);
        }
    }

    @Test
    void an_allowed_path_allows_nothing_beside_it() {
        lab.policy("public", """
                action: Allow
                rules: [{name: public, to: [{paths: [{type: Prefix, value: /public}]}]}]
                """);

        for (String path : new String[] {
            "/",
            "/secret",
            "/PUBLIC",
            "/publican",
            "/public/../secret",
            "/public/%2e%2e/secret",
            "/public/..%2fsecret",
            "/public%2f..%2fsecret",
            "/public/..;/secret",
            "/public/%252e%252e/secret"
        }) {
            lab.awaitCaller("403", "get", ECHO + path);
        }
        for (String path : new String[] {"/public", "/public/x", "//public//x", "/x/../public", "/public/./x"}) {
            lab.awaitCaller("200", "get", ECHO + path);
        }
    }
}
