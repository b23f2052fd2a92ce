// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** The module that local clusters take the standard channel of the Gateway API from. */
public final class GatewayApi {
    private GatewayApi() {}

    /** A CRD of the experimental channel, which no cluster of ours has. */
    public static Path experimental(String file) {
        var go = new ProcessBuilder("go", "list", "-m", "-f", "{{.Dir}}", "sigs.k8s.io/gateway-api")
                .directory(Repository.file("src-tests/cluster/go/gateway-api").toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT);
        go.environment().put("GOWORK", "off");
        go.environment().put("GOFLAGS", "");
        try {
            var process = go.start();
            var module = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            if (process.waitFor() != 0) {
                throw new IllegalStateException("go does not know where the Gateway API's module is");
            }
            return Path.of(module, "config/crd/experimental", file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
