// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What the guide says about reading what is in force, done word by word. */
@E2E
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class EffectiveE2E {
    private static final Pattern COMMANDS =
            Pattern.compile("## What is in force\n.*?\n```\n(.*?)\n```\n", Pattern.DOTALL);
    private static final String POLICY = """
            apiVersion: selvedge.dev/v1alpha1
            kind: TrafficPolicy
            metadata: {namespace: shop, name: effective}
            spec:
              targetRefs: [{kind: Service, name: reviews}]
              timeouts: {request: 17s}
            """;

    private final Kubectl kubectl;

    @TempDir
    private Path folder;

    EffectiveE2E(Kubectl kubectl) {
        this.kubectl = kubectl;
    }

    @BeforeAll
    void apply() {
        kubectl.apply(POLICY);
        kubectl.run("-n", "shop", "wait", "trafficpolicy/effective", "--for=condition=Accepted", "--timeout=60s");
    }

    @AfterAll
    void delete() {
        kubectl.delete(POLICY);
        kubectl.run("-n", "shop", "delete", "--ignore-not-found", "rolebinding/reader", "role/reader", "sa/reader");
    }

    @Test
    void the_commands_of_the_guide_show_what_is_in_force() throws Exception {
        var answer = Kubectl.parse(bash(commands()));

        assertThat(answer.at("/service/name").asText()).isEqualTo("reviews");
        var request = answer.at("/ports/0/routing/0/routes/0/settings/timeouts.request");
        assertThat(request.path("value").asText()).isEqualTo("17s");
        assertThat(request.at("/by/name").asText()).isEqualTo("effective");
        assertThat(answer.at("/authorization/0/enforced").asBoolean()).isTrue();
        assertThat(answer.has("withheld")).isFalse();
    }

    private static String commands() throws IOException {
        var guide = COMMANDS.matcher(Files.readString(MeshOnCluster.ROOT.resolve("docs/guide/traffic.md")));
        assertThat(guide.find()).isTrue();
        return guide.group(1);
    }

    /** What the last command printed; what was begun in the background ends with it. */
    private String bash(String commands) throws IOException, InterruptedException {
        var programs = Files.createDirectory(folder.resolve("bin"));
        if (kubectl.binary().startsWith("/")) {
            Files.createSymbolicLink(programs.resolve("kubectl"), Path.of(kubectl.binary()));
        }
        var parts = commands.split("(?m)^(?=curl)", 2);
        var script =
                "set -euo pipefail\ntrap 'kill $(jobs -p)' EXIT\nexec 3>&1 >&2\n" + parts[0] + "exec >&3\n" + parts[1];
        var builder = new ProcessBuilder("bash", "-c", script).directory(folder.toFile());
        builder.environment().merge("PATH", programs.toString(), (path, first) -> first + ":" + path);
        builder.environment().put("KUBECONFIG", kubectl.kubeconfig().toString());
        var errors = folder.resolve("errors.txt");
        var process = builder.redirectError(errors.toFile()).start();
        var out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).as(Files.readString(errors) + out).isZero();
        return out;
    }
}
