// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.v1alpha1;

import static java.util.Objects.requireNonNullElse;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** How a client's proxy asks the pods of a Service whether they serve, beside what Kubernetes knows. */
@ApiObject
@ValidationRule(
        value = "self.type == 'HTTP' || !has(self.path)",
        fieldPath = ".path",
        message = "belongs to type HTTP; leave it out")
@ValidationRule(
        value = "self.type == 'GRPC' || !has(self.service)",
        fieldPath = ".service",
        message = "belongs to type GRPC; leave it out")
@ValidationRule(
        value = "duration(self.interval) >= duration('100ms')",
        fieldPath = ".interval",
        message = "must be at least 100ms")
@ValidationRule(
        value = "duration(self.timeout) >= duration('1ms') && duration(self.timeout) <= duration(self.interval)",
        fieldPath = ".timeout",
        message = "must be at least 1ms and not longer than interval")
public record HealthCheck(
        @Required
        @JsonPropertyDescription(
                "HTTP: a GET that is answered 200. GRPC: the standard health service. TCP: a connection"
                        + " that is made, with mTLS where the pod has a proxy. Ports that are passed through are asked with TCP"
                        + " only.")
        @Enforced("Cluster.health_checks")
        Type type,

        @Pattern("^/[^ ]*$")
        @Size(min = 1, max = 1024)
        @JsonPropertyDescription("HTTP: the path that is asked. Default: /.")
        @Enforced("Cluster.health_checks.http_health_check.path")
        @Nullable
        String path,

        @Pattern("^[A-Za-z0-9._/-]+$")
        @Size(min = 1, max = 256)
        @JsonPropertyDescription("GRPC: the service that is asked about. Default: the whole server.")
        @Enforced("Cluster.health_checks.grpc_health_check.service_name")
        @Nullable
        String service,

        @Default("10s")
        @Pattern(GatewayDuration.PATTERN)
        @Size(max = 32)
        @JsonPropertyDescription(
                "How often the proxy of each client that has called the Service asks each pod. A tenth of"
                        + " jitter is added. A duration, at least 100ms. Default: 10s.")
        @Enforced("Cluster.health_checks.interval")
        String interval,

        @Default("1s")
        @Pattern(GatewayDuration.PATTERN)
        @Size(max = 32)
        @JsonPropertyDescription(
                "How long an answer may take. A duration, at least 1ms, not longer than interval. Default: 1s.")
        @Enforced("Cluster.health_checks.timeout")
        String timeout,

        @Default("2")
        @Min(1)
        @Max(100)
        @JsonPropertyDescription(
                "After how many failed checks in a row a pod gets nothing, 1 to 100; an HTTP answer other"
                        + " than 200 and a timeout both count. Default: 2.")
        @Enforced("Cluster.health_checks.unhealthy_threshold")
        Integer unhealthyAfter,

        @Default("1")
        @Min(1)
        @Max(100)
        @JsonPropertyDescription("After how many good checks in a row it is used again, 1 to 100. Default: 1.")
        @Enforced("Cluster.health_checks.healthy_threshold")
        Integer healthyAfter) {
    public HealthCheck {
        interval = requireNonNullElse(interval, "10s");
        timeout = requireNonNullElse(timeout, "1s");
        unhealthyAfter = requireNonNullElse(unhealthyAfter, 2);
        healthyAfter = requireNonNullElse(healthyAfter, 1);
    }

    /** What is asked. */
    public enum Type {
        @JsonProperty("HTTP")
        HTTP,
        @JsonProperty("TCP")
        TCP,
        @JsonProperty("GRPC")
        GRPC
    }
}
