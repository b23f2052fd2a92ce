// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.webhook;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Admission reviews that are meant to hurt: chosen ones, and valid ones that were damaged at random. */
final class EvilReviews {
    private static final String POD = """
            {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "labels": {"app": "a"},
             "annotations": {"prometheus.io/scrape": "true", "selvedge.dev/originals": "{}"}},
             "spec": {"containers": [{"name": "app", "image": "i", "ports": [{"containerPort": 8080}],
              "livenessProbe": {"httpGet": {"path": "/x", "port": 8080}}, "readinessProbe": {"grpc": {"port": 9000}},
              "lifecycle": {"preStop": {"exec": {"command": ["true"]}}}}], "volumes": [{"name": "v"}],
              "terminationGracePeriodSeconds": 30, "securityContext": {"runAsUser": 1000}}}
            """;
    private static final String TRAFFIC = """
            {"apiVersion": "selvedge.dev/v1alpha1", "kind": "TrafficPolicy", "metadata": {"name": "p",
             "namespace": "shop", "uid": "1", "generation": 1, "creationTimestamp": "2026-01-01T00:00:00Z"},
             "spec": {"targetRefs": [{"kind": "Service", "name": "a"}], "subsets": [{"name": "v1", "labels": {"v": "1"}}],
              "ports": [{"port": 80, "protocol": "HTTP"}], "timeouts": {"request": "10s"},
              "routes": [{"name": "r", "matches": [{"path": {"type": "Regex", "value": "%s"}, "method": "GET",
              "headers": [{"name": "x", "type": "Regex", "value": "a+"}]}], "backends": [{"subset": "v1", "weight": 1}]}]}}
            """;
    private static final String AUTHORIZATION = """
            {"apiVersion": "selvedge.dev/v1alpha1", "kind": "AuthorizationPolicy", "metadata": {"name": "p",
             "namespace": "shop", "uid": "1", "generation": 1, "creationTimestamp": "2026-01-01T00:00:00Z"},
             "spec": {"targetRefs": [{"kind": "Service", "name": "a"}], "action": "Allow",
              "rules": [{"name": "r", "from": [{"serviceAccounts": [{"name": "%s", "namespace": "shop"}],
              "namespaces": ["shop"], "ipBlocks": ["%s"]}], "to": [{"ports": [80], "methods": ["GET"],
              "paths": [{"type": "Prefix", "value": "/a"}]}]}]}}
            """;
    private static final String MESH = """
            {"apiVersion": "selvedge.dev/v1alpha1", "kind": "Mesh", "metadata": {"name": "default", "uid": "1",
             "generation": 1, "creationTimestamp": "2026-01-01T00:00:00Z"}, "spec": {"trustDomain": "cluster.local",
              "members": {"namespaceSelector": {"matchLabels": {"a": "b"}}}, "mtls": {"mode": "Strict"},
              "interception": {"serviceCIDRs": ["10.96.0.0/12"]}}}
            """;
    private static final String EXTERNAL = """
            {"apiVersion": "selvedge.dev/v1alpha1", "kind": "ExternalService", "metadata": {"name": "o",
             "namespace": "shop", "uid": "1", "generation": 1, "creationTimestamp": "2026-01-01T00:00:00Z"},
             "spec": {"hosts": ["%s"], "addresses": ["%s"], "ports": [{"port": 443, "protocol": "TLS"},
              {"port": 80, "protocol": "HTTP", "tls": {"mode": "Originate", "port": 443}}],
              "visibleTo": {"mode": "Listed", "namespaces": ["bank"]}}}
            """;
    private static final List<String> TOKENS = List.of(
            "null",
            "[]",
            "{}",
            "\"\"",
            "-1",
            "1e400",
            "1e999999999",
            "99999999999999999999",
            "true",
            "[[[[",
            "}}}}",
            "\"",
            "\\u0000",
            "\\ud800",
            "\u0000",
            "\u00ff\u00fe",
            "NaN",
            "{\"a\":{\"a\":{\"a\":1}}}",
            "\"kind\":\"List\"",
            "{\"httpGet\":{}}",
            ",",
            "[null]",
            "(a+)+$",
            "a{1000}{1000}",
            "0",
            "65536",
            "\"Regex\"",
            "\"\\ud83d\\ude00\"");

    private EvilReviews() {}

    static byte[] review(String object) {
        return """
                {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {"uid": "42",
                 "operation": "CREATE", "namespace": "shop", "object": %s}}
                """.formatted(object).getBytes(StandardCharsets.ISO_8859_1);
    }

    /** Each is within the limit of bodies, and what it attacks is its name. */
    static Map<String, byte[]> chosen() {
        var all = new LinkedHashMap<String, byte[]>();
        for (var regex : List.of(
                "(a+)+$",
                "(((a{1000}){1000}){1000})",
                "((x{1000}){1000}",
                "(" + "x?".repeat(400) + "){1000}",
                "(".repeat(1000),
                "a".repeat(2 << 20),
                "[".repeat(1000),
                "(?:".repeat(300) + ")*".repeat(300))) {
            all.put("expression " + cut(regex), review(TRAFFIC.formatted(regex)));
        }
        all.put("a name of many dots", review(AUTHORIZATION.formatted("a.".repeat(1 << 20), "10.0.0.0/8")));
        all.put("an address of many colons", review(AUTHORIZATION.formatted("a", ":".repeat(2 << 20) + "x/8")));
        all.put("many mistakes", review(AUTHORIZATION.formatted("a", "x\", \"".repeat(500_000) + "x")));
        all.put("a host of many dots", review(EXTERNAL.formatted("a.".repeat(1 << 20), "10.0.0.0/8")));
        all.put("many hosts", review(EXTERNAL.formatted("x\", \"".repeat(500_000) + "x", "10.0.0.0/8")));
        all.put(
                "a duration that is none",
                review(TRAFFIC.replace("10s", "9".repeat(2 << 20)).formatted("a")));
        all.put("a pod of many volumes", review(POD.replace("{\"name\": \"v\"}", "{},".repeat(900_000) + "{}")));
        all.put(
                "a pod of many containers",
                review(POD.replace("[{\"name\": \"app\"", "[" + "{},".repeat(900_000) + "{\"name\": \"app\"")));
        all.put("a pod without numbers", review(POD.replace("{\"containerPort\": 8080}", "{}, null")));
        all.put("a pod of many labels", review(POD.replace("\"app\": \"a\"", labels())));
        all.put("a path of spaces", review(POD.replace("/x", " ".repeat(2 << 20))));
        all.put("deep", review("{\"a\":".repeat(10_000) + "1" + "}".repeat(10_000)));
        all.put("deep in a note", review(POD.replace("\"{}\"", "\"" + "[".repeat(1 << 20) + "\"")));
        all.put("large numbers", review(POD.replace("8080", "1e999999999")));
        all.put("not UTF-8", review(POD.replace("\"app\"", "\"\u00ff\u00fe\u00c0\u0080\"")));
        return all;
    }

    private static String labels() {
        var labels = new StringBuilder("\"app\": \"a\"");
        for (int i = 0; i < 150_000; i++) {
            labels.append(",\"k").append(i).append("\":\"v\"");
        }
        return labels.toString();
    }

    private static String cut(String text) {
        return text.length() > 32 ? text.substring(0, 32) + "…" : text;
    }

    /** A valid review, damaged. */
    static byte[] random(Random random) {
        var object = List.of(
                        POD,
                        TRAFFIC.formatted("/a[0-9]+"),
                        AUTHORIZATION.formatted("a", "10.0.0.0/8"),
                        MESH,
                        EXTERNAL.formatted("a.example.com", "10.0.0.0/8"))
                .get(random.nextInt(5));
        var text = new StringBuilder(new String(review(object), StandardCharsets.ISO_8859_1));
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            damage(text, random);
        }
        return text.toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    private static void damage(StringBuilder text, Random random) {
        int at = random.nextInt(text.length());
        int end = Math.min(text.length(), at + 1 + random.nextInt(30));
        switch (random.nextInt(6)) {
            case 0 -> text.setCharAt(at, (char) random.nextInt(256));
            case 1 -> text.delete(at, end);
            case 2 -> text.insert(at, text.substring(at, end).repeat(1 + random.nextInt(50)));
            case 3 -> text.insert(at, TOKENS.get(random.nextInt(TOKENS.size())));
            default -> replaceValue(text, at, TOKENS.get(random.nextInt(TOKENS.size())));
        }
    }

    /** Keeps the JSON whole more often than not: the value after the next colon becomes another. */
    private static void replaceValue(StringBuilder text, int from, String token) {
        int colon = text.indexOf(": ", from);
        if (colon < 0) {
            return;
        }
        int end = colon + 2;
        while (end < text.length() && ",}]".indexOf(text.charAt(end)) < 0) {
            end++;
        }
        text.replace(colon + 2, end, token);
    }
}
