// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.v1alpha1;

import static java.util.Objects.requireNonNullElse;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.selvedge.api.v1alpha1.Enforced.Place;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is done to HTTP requests at the pods of the Service, to try how callers bear it. */
@ApiObject
@ValidationRule(
        value = "!has(self.ports) || self.ports.all(a, self.ports.exists_one(b, b == a))",
        fieldPath = ".ports",
        message = "must not name the same port twice")
@ValidationRule(
        value = "has(self.delay) || has(self.abort) || has(self.bandwidth)",
        message = "does nothing: give delay, abort or bandwidth")
@ValidationRule(
        value = "!has(self.matches) || self.matches.all(m, !has(m.source))",
        fieldPath = ".matches",
        message = "must not have a source: the server's proxy does not know the labels of a caller; use from, which is"
                + " proven by the caller's certificate")
public record Fault(
        @Required
        @Pattern(TrafficPolicySpec.DNS_LABEL)
        @Size(min = 1, max = 63)
        @JsonPropertyDescription("Name of the fault, unique in the policy; answers and access logs use it.")
        @Enforced(value = "RouteConfiguration.virtual_hosts.routes.name", at = Place.SERVER)
        String name,

        @Size(min = 1, max = 16)
        @JsonPropertyDescription(
                "Ports of the Service, 1 to 65535, at most 16. A pod sees its own port alone: a port of a"
                        + " Service that leads to the same is meant too. Default: all that speak HTTP.")
        @Enforced(value = "RouteConfiguration.virtual_hosts.domains", at = Place.SERVER)
        List<@Min(1) @Max(65535) Integer> ports,

        @Size(min = 1, max = 8)
        @JsonPropertyDescription("Callers, as alternatives, at most 8; one without an identity is none of them."
                + " Default: any caller.")
        @Enforced(value = "RouteConfiguration.virtual_hosts.routes.match.headers", at = Place.SERVER)
        List<Source> from,

        @Size(min = 1, max = 8)
        @JsonPropertyDescription("Which requests: those that match one of these, at most 8. Default: every request.")
        @Enforced(value = "RouteConfiguration.virtual_hosts.routes.match", at = Place.SERVER)
        List<TrafficPolicySpec.Match> matches,

        @JsonPropertyDescription("Requests wait before they go to the application. Default: none waits.") @Nullable
        Delay delay,

        @JsonPropertyDescription(
                "Requests are answered instead of by the application; after the delay, if there is one."
                        + " Default: none is.")
        @Nullable
        Abort abort,

        @JsonPropertyDescription("Responses are slowed down. Default: none is.") @Nullable
        Bandwidth bandwidth,

        @Size(max = 40)
        @JsonPropertyDescription("From when on the fault does nothing any more, as RFC 3339 writes it, such as"
                + " \"2026-12-01T00:00:00Z\". The policy's status says so then. Default: it does not end.")
        @Enforced(
                value = "RouteConfiguration.virtual_hosts.routes, from then on without the fault",
                at = Place.OPERATOR)
        @Nullable
        Instant expiresAt) {
    public Fault {
        ports = ports == null ? List.of() : List.copyOf(ports);
        from = from == null ? List.of() : List.copyOf(from);
        matches = matches == null ? List.of() : List.copyOf(matches);
    }

    /** One caller: all given fields must match; values of one field are alternatives. */
    @ApiObject
    @ValidationRule(
            value = "has(self.serviceAccounts) || has(self.namespaces)",
            message = "an empty caller would match everybody; give serviceAccounts or namespaces, or leave from out")
    public record Source(
            @Size(min = 1, max = 16)
            @JsonPropertyDescription("The caller's service account, proven by its certificate, as alternatives,"
                    + " at most 16. Default: any.")
            List<AuthorizationPolicySpec.ServiceAccountRef> serviceAccounts,

            @Size(min = 1, max = 16)
            @JsonPropertyDescription("The caller's namespace, proven by its certificate, as alternatives, at most 16."
                    + " Default: any.")
            List<@Pattern(TrafficPolicySpec.DNS_LABEL) @Size(min = 1, max = 63) String> namespaces) {
        public Source {
            serviceAccounts = serviceAccounts == null ? List.of() : List.copyOf(serviceAccounts);
            namespaces = namespaces == null ? List.of() : List.copyOf(namespaces);
        }
    }

    /** A pause before a request goes on. */
    @ApiObject
    @ValidationRule(
            value = "duration(self.duration) >= duration('1ms') && duration(self.duration) <= duration('1h')",
            fieldPath = ".duration",
            message = "must be from 1ms to 1h")
    public record Delay(
            @Required
            @Pattern(GatewayDuration.PATTERN)
            @Size(max = 32)
            @JsonPropertyDescription("How long. A duration such as 2s, 1ms to 1h.")
            @Enforced(
                    value =
                            "RouteConfiguration.virtual_hosts.routes.typed_per_filter_config: HTTPFault.delay.fixed_delay",
                    at = Place.SERVER)
            String duration,

            @Default("100")
            @Min(0)
            @Max(100)
            @JsonPropertyDescription("Share of the fault's requests that wait, in percent, 0 to 100. Default: 100.")
            @Enforced(
                    value =
                            "RouteConfiguration.virtual_hosts.routes.typed_per_filter_config: HTTPFault.delay.percentage",
                    at = Place.SERVER)
            Integer percent) {
        public Delay {
            percent = requireNonNullElse(percent, 100);
        }
    }

    /** An answer that the application does not give. */
    @ApiObject
    @ValidationRule(
            value = "has(self.httpStatus) != has(self.grpcStatus)",
            message = "give either httpStatus or grpcStatus")
    public record Abort(
            @Min(200)
            @Max(599)
            @JsonPropertyDescription("The status of the answer, 200 to 599. Either this or grpcStatus is required.")
            @Enforced(
                    value =
                            "RouteConfiguration.virtual_hosts.routes.typed_per_filter_config: HTTPFault.abort.http_status",
                    at = Place.SERVER)
            @Nullable
            Integer httpStatus,

            @JsonPropertyDescription("The status of the answer to gRPC calls. Either this or httpStatus is required.")
            @Enforced(
                    value =
                            "RouteConfiguration.virtual_hosts.routes.typed_per_filter_config: HTTPFault.abort.grpc_status",
                    at = Place.SERVER)
            @Nullable
            GrpcStatus grpcStatus,

            @Default("100")
            @Min(0)
            @Max(100)
            @JsonPropertyDescription(
                    "Share of the fault's requests that are answered so, in percent, 0 to 100, drawn apart"
                            + " from the delay's. Default: 100.")
            @Enforced(
                    value =
                            "RouteConfiguration.virtual_hosts.routes.typed_per_filter_config: HTTPFault.abort.percentage",
                    at = Place.SERVER)
            Integer percent) {
        public Abort {
            percent = requireNonNullElse(percent, 100);
        }
    }

    /** The errors of gRPC, in the order of their numbers. */
    public enum GrpcStatus {
        @JsonProperty("Cancelled")
        CANCELLED,
        @JsonProperty("Unknown")
        UNKNOWN,
        @JsonProperty("InvalidArgument")
        INVALID_ARGUMENT,
        @JsonProperty("DeadlineExceeded")
        DEADLINE_EXCEEDED,
        @JsonProperty("NotFound")
        NOT_FOUND,
        @JsonProperty("AlreadyExists")
        ALREADY_EXISTS,
        @JsonProperty("PermissionDenied")
        PERMISSION_DENIED,
        @JsonProperty("ResourceExhausted")
        RESOURCE_EXHAUSTED,
        @JsonProperty("FailedPrecondition")
        FAILED_PRECONDITION,
        @JsonProperty("Aborted")
        ABORTED,
        @JsonProperty("OutOfRange")
        OUT_OF_RANGE,
        @JsonProperty("Unimplemented")
        UNIMPLEMENTED,
        @JsonProperty("Internal")
        INTERNAL,
        @JsonProperty("Unavailable")
        UNAVAILABLE,
        @JsonProperty("DataLoss")
        DATA_LOSS,
        @JsonProperty("Unauthenticated")
        UNAUTHENTICATED;

        /** The number in gRPC's protocol, 1 to 16. */
        public int code() {
            return ordinal() + 1;
        }
    }

    /** A limit of the speed of each response. */
    @ApiObject
    public record Bandwidth(
            @Required
            @Min(1)
            @Max(1_000_000_000)
            @JsonPropertyDescription("How much of a response's body is sent in a second, in KiB, 1 to 1000000000.")
            @Enforced(
                    value = "RouteConfiguration.virtual_hosts.routes.typed_per_filter_config:"
                            + " HTTPFault.response_rate_limit.fixed_limit",
                    at = Place.SERVER)
            int kibPerSecond,

            @Default("100")
            @Min(0)
            @Max(100)
            @JsonPropertyDescription(
                    "Share of the fault's responses that are slowed down, in percent, 0 to 100." + " Default: 100.")
            @Enforced(
                    value = "RouteConfiguration.virtual_hosts.routes.typed_per_filter_config:"
                            + " HTTPFault.response_rate_limit.percentage",
                    at = Place.SERVER)
            Integer percent) {
        public Bandwidth {
            percent = requireNonNullElse(percent, 100);
        }
    }
}
