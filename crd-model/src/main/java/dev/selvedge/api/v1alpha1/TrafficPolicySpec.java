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
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a {@link TrafficPolicy} declares. Durations are texts that {@link GatewayDuration} reads. */
@ApiObject
@ValidationRule(
        value = "self.targetRefs.all(a, self.targetRefs.exists_one(b, b.name == a.name))",
        fieldPath = ".targetRefs",
        message = "must not name the same target twice")
@ValidationRule(
        value = "has(self.ports) || has(self.routes) || has(self.timeouts) || has(self.retries)"
                + " || has(self.release) || has(self.loadBalancing) || has(self.circuitBreaking)"
                + " || has(self.healthCheck) || has(self.connections)"
                + " || has(self.rateLimits) || has(self.faults)",
        message = "sets nothing: give ports, release, routes, timeouts, retries, loadBalancing, circuitBreaking,"
                + " healthCheck, connections, rateLimits or faults")
@ValidationRule(
        value = "!has(self.release) || (has(self.subsets) && self.subsets.exists(s, s.name == self.release.stable)"
                + " && self.subsets.exists(s, s.name == self.release.next))",
        fieldPath = ".release",
        message = "stable and next must be two of spec.subsets; add the subsets or correct the names")
@ValidationRule(
        value = "!has(self.rateLimits) || self.rateLimits.all(a, self.rateLimits.exists_one(b, b.name == a.name))",
        fieldPath = ".rateLimits",
        message = "must not use the same name twice")
@ValidationRule(
        value = "!has(self.faults) || self.faults.all(a, self.faults.exists_one(b, b.name == a.name))",
        fieldPath = ".faults",
        message = "must not use the same name twice")
@ValidationRule(
        value = "!has(self.ports) || self.ports.all(a, self.ports.exists_one(b, b.port == a.port))",
        fieldPath = ".ports",
        message = "must not name the same port twice")
@ValidationRule(
        value = "!has(self.subsets) || self.subsets.all(a, self.subsets.exists_one(b, b.name == a.name))",
        fieldPath = ".subsets",
        message = "must not use the same name twice")
@ValidationRule(
        value = "!has(self.routes) || self.routes.all(a, self.routes.exists_one(b, b.name == a.name))",
        fieldPath = ".routes",
        message = "must not use the same name twice")
@ValidationRule(
        value = "!has(self.routes) || self.routes.all(r, !has(r.backends) || r.backends.all(b, !has(b.subset)"
                + " || (has(self.subsets) && self.subsets.exists(s, s.name == b.subset))))",
        fieldPath = ".routes",
        message = "each backend's subset must be one of spec.subsets; add the subset or correct its name")
@ValidationRule(
        value =
                "!has(self.routes) || self.routes.all(r, !has(r.requestMirrors) || r.requestMirrors.all(m, !has(m.subset)"
                        + " || (has(self.subsets) && self.subsets.exists(s, s.name == m.subset))))",
        fieldPath = ".routes",
        message = "each requestMirror's subset must be one of spec.subsets; add the subset or correct its name")
@ValidationRule(
        value = "!has(self.routes) || self.routes.filter(r, !has(r.matches) && !has(r.ports)).size() == 0"
                + " || (self.routes.filter(r, !has(r.matches) && !has(r.ports)).size() == 1"
                + " && !has(self.routes[self.routes.size() - 1].matches)"
                + " && !has(self.routes[self.routes.size() - 1].ports))",
        fieldPath = ".routes",
        message = "a route without matches and ports takes every request, so it must be the last one")
public record TrafficPolicySpec(
        @Required
        @Size(min = 1, max = 16)
        @JsonPropertyDescription("What the policy applies to, 1 to 16 objects in the policy's own namespace.")
        List<TargetRef> targetRefs,

        @Size(min = 1, max = 64)
        @JsonPropertyDescription(
                "What the Service's ports speak, at most 64. Default: what appProtocol of the Service's"
                        + " port says; without it the protocol is detected.")
        @Enforced("Listener.filter_chains")
        List<PortProtocol> ports,

        @Size(min = 1, max = 32)
        @JsonPropertyDescription("Named parts of the Service's pods, at most 32, for the backends of the routes.")
        @Enforced("ClusterLoadAssignment.endpoints")
        List<Subset> subsets,

        @JsonPropertyDescription(
                "Two versions of the Service, and which gets the requests that no route sends elsewhere"
                        + " by its backends. Connections that are not HTTP are divided too, each as a whole. Enforced at the"
                        + " client's proxy. Default: requests go to all pods.")
        @Enforced("RouteConfiguration.virtual_hosts.routes.route.weighted_clusters")
        @Nullable
        Release release,

        @Size(min = 1, max = 64)
        @JsonPropertyDescription(
                "Routes for HTTP requests, at most 64, in order: the first that matches a request takes it."
                        + " Default: every request goes to all pods of the Service. When there are routes for a port and none"
                        + " matches, the answer is 404. Connections that are not HTTP are divided by the backends of the"
                        + " first route for their port without matches. Enforced at the client's proxy.")
        @Enforced("RouteConfiguration.virtual_hosts.routes")
        List<Route> routes,

        @JsonPropertyDescription("Timeouts for every route that does not set its own. Enforced at the client's proxy.")
        @Nullable
        Timeouts timeouts,

        @JsonPropertyDescription("Retries for every route that does not set its own. Enforced at the client's proxy.")
        @Nullable
        Retries retries,

        @JsonPropertyDescription("Which endpoint gets a request. Enforced at the client's proxy.") @Nullable
        LoadBalancing loadBalancing,

        @JsonPropertyDescription("Limits, and how endpoints that fail are left out. Enforced at the client's proxy.")
        @Nullable
        CircuitBreaking circuitBreaking,

        @JsonPropertyDescription(
                "Asks the pods whether they serve. Enforced at the client's proxy, which asks with its own"
                        + " identity: an AuthorizationPolicy must allow it. Default: what Kubernetes says of a pod decides.")
        @Nullable
        HealthCheck healthCheck,

        @JsonPropertyDescription("Connections to the Service's pods. Enforced at the client's proxy.") @Nullable
        Connections connections,

        @Size(min = 1, max = 16)
        @JsonPropertyDescription(
                "How many HTTP requests each pod of the Service takes, at most 16 limits; a request must"
                        + " pass all of them. Enforced at the server's proxy. Default: no limit.")
        List<RateLimit> rateLimits,

        @Size(min = 1, max = 16)
        @JsonPropertyDescription(
                "Faults for HTTP requests, at most 16, in order: the first that selects a request is done"
                        + " to it. Enforced at the server's proxy, so that they meet the timeouts and retries of the clients."
                        + " Default: none.")
        List<Fault> faults) {
    static final String DNS_LABEL = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$";
    static final String METHOD = "^[A-Z][A-Z-]*$";

    public TrafficPolicySpec {
        targetRefs = targetRefs == null ? List.of() : List.copyOf(targetRefs);
        ports = ports == null ? List.of() : List.copyOf(ports);
        subsets = subsets == null ? List.of() : List.copyOf(subsets);
        routes = routes == null ? List.of() : List.copyOf(routes);
        rateLimits = rateLimits == null ? List.of() : List.copyOf(rateLimits);
        faults = faults == null ? List.of() : List.copyOf(faults);
    }

    /** What the policy applies to, in its own namespace. */
    @ApiObject
    public record TargetRef(
            @Required @JsonPropertyDescription("Kind of the target: Service.")
            Kind kind,

            @Required
            @Pattern(DNS_LABEL)
            @Size(min = 1, max = 63)
            @JsonPropertyDescription("Name of the target, in the policy's namespace.")
            String name) {
        /** What can be a target. */
        public enum Kind {
            @JsonProperty("Service")
            SERVICE
        }
    }

    /** What a port of the Service speaks; wins over its {@code appProtocol}. */
    @ApiObject
    public record PortProtocol(
            @Required @Min(1) @Max(65535) @JsonPropertyDescription("Port of the Service, 1 to 65535.")
            int port,

            @Required
            @JsonPropertyDescription("HTTP, HTTP2, GRPC: routed request by request, each in the version that the client"
                    + " speaks. TCP, TLS: passed through without inspection, for protocols in which the server"
                    + " speaks first and for TLS of the application itself.")
            Protocol protocol) {
        /** Protocol of a port. */
        public enum Protocol {
            @JsonProperty("HTTP")
            HTTP,
            @JsonProperty("HTTP2")
            HTTP2,
            @JsonProperty("GRPC")
            GRPC,
            @JsonProperty("TCP")
            TCP,
            @JsonProperty("TLS")
            TLS
        }
    }

    /** The part of a Service's pods that carry all these labels. */
    @ApiObject
    public record Subset(
            @Required
            @Pattern(DNS_LABEL)
            @Size(min = 1, max = 63)
            @JsonPropertyDescription("Name of the subset, unique in the policy.")
            String name,

            @Required
            @Size(min = 1, max = 16)
            @JsonPropertyDescription(
                    "A pod of the Service belongs to the subset when it carries all of these labels;" + " 1 to 16.")
            Map<String, @Pattern(LabelSelector.VALUE) @Size(max = 63) String> labels) {
        public Subset {
            labels = labels == null ? Map.of() : Map.copyOf(labels);
        }
    }

    /** One route; the first that matches wins. */
    @ApiObject
    @ValidationRule(
            value = "!has(self.ports) || self.ports.all(a, self.ports.exists_one(b, b == a))",
            fieldPath = ".ports",
            message = "must not name the same port twice")
    @ValidationRule(
            value = "!has(self.backends) || self.backends.exists(b, b.weight > 0)",
            fieldPath = ".backends",
            message = "the weights must add up to more than 0; give at least one backend a weight")
    @ValidationRule(
            value = "!has(self.requestRedirect) || !has(self.directResponse)",
            fieldPath = ".directResponse",
            message = "must not be given with requestRedirect: a request gets one answer")
    @ValidationRule(
            value =
                    "!(has(self.requestRedirect) || has(self.directResponse)) || !(has(self.backends)"
                            + " || has(self.urlRewrite) || has(self.requestMirrors) || has(self.timeouts) || has(self.retries))",
            message = "requestRedirect and directResponse answer the request, so that it goes nowhere: leave out"
                    + " backends, urlRewrite, requestMirrors, timeouts and retries")
    @ValidationRule(
            value = "!has(self.retries) || !has(self.retries.budget)",
            fieldPath = ".retries",
            message = "a budget holds for the Service and not for a route; move budget to spec.retries")
    public record Route(
            @Required
            @Pattern(DNS_LABEL)
            @Size(min = 1, max = 63)
            @JsonPropertyDescription("Name of the route, unique in the policy; access logs and messages use it.")
            String name,

            @Size(min = 1, max = 16)
            @JsonPropertyDescription(
                    "Ports of the Service, 1 to 65535, at most 16: the route is for requests and connections to these."
                            + " A port that no route is for is treated as without routes. Default: all.")
            List<@Min(1) @Max(65535) Integer> ports,

            @Size(min = 1, max = 16)
            @JsonPropertyDescription("Which requests the route takes: those that match one of these, at most 16."
                    + " Default: every request.")
            List<Match> matches,

            @Size(min = 1, max = 16)
            @JsonPropertyDescription(
                    "Where the requests go, at most 16. Default: where spec.release sends them, else all pods of the"
                            + " Service.")
            List<Backend> backends,

            @JsonPropertyDescription("Timeouts of this route. Default, field by field: spec.timeouts.") @Nullable
            Timeouts timeouts,

            @JsonPropertyDescription("Retries of this route, instead of spec.retries. Default: spec.retries.") @Nullable
            Retries retries,

            @JsonPropertyDescription("Changes of the request's headers. Default: none.") @Nullable
            HeaderModifier requestHeaderModifier,

            @JsonPropertyDescription("Changes of the answer's headers, also of answers that the proxy gives itself for"
                    + " this route. Default: none.")
            @Nullable
            HeaderModifier responseHeaderModifier,

            @JsonPropertyDescription(
                    "What the server is asked for instead of what the client asked for. Default: the" + " same.")
            @Nullable
            UrlRewrite urlRewrite,

            @JsonPropertyDescription("Sends the client elsewhere; the request reaches no server. Default: no redirect.")
            @Nullable
            RequestRedirect requestRedirect,

            @JsonPropertyDescription(
                    "An answer of the proxy; the request reaches no server. Default: the server answers.")
            @Nullable
            DirectResponse directResponse,

            @Size(min = 1, max = 8)
            @JsonPropertyDescription("Who gets copies of the requests, at most 8. Answers to copies are ignored. A copy"
                    + " has -shadow at the end of its Host header. Default: nobody.")
            List<RequestMirror> requestMirrors,

            @JsonPropertyDescription(
                    "Which pages of other origins may call from a browser. Default: nothing is said of" + " it.")
            @Nullable
            Cors cors) {
        public Route {
            ports = ports == null ? List.of() : List.copyOf(ports);
            matches = matches == null ? List.of() : List.copyOf(matches);
            backends = backends == null ? List.of() : List.copyOf(backends);
            requestMirrors = requestMirrors == null ? List.of() : List.copyOf(requestMirrors);
        }
    }

    /** All given fields must match. */
    @ApiObject
    @ValidationRule(
            value = "has(self.path) || has(self.method) || has(self.headers) || has(self.queryParams)"
                    + " || has(self.authority) || has(self.source)",
            message = "an empty match takes every request; give path, method, headers, queryParams, authority or"
                    + " source, or leave the route's matches out")
    public record Match(
            @JsonPropertyDescription("The request's path. Default: any.") @Nullable
            PathMatch path,

            @Pattern(METHOD)
            @Size(max = 32)
            @JsonPropertyDescription("The request's method, in capitals, such as GET. Default: any.")
            @Nullable
            String method,

            @Size(min = 1, max = 16) @JsonPropertyDescription("Headers that must all match, at most 16. Default: any.")
            List<FieldMatch> headers,

            @Size(min = 1, max = 16)
            @JsonPropertyDescription("Query parameters that must all match, at most 16. Default: any.")
            List<FieldMatch> queryParams,

            @JsonPropertyDescription("The request's Host header, without its port. Default: any.") @Nullable
            AuthorityMatch authority,

            @JsonPropertyDescription("Who calls. Only proxies of such clients get this match. Default: anybody.")
            @Nullable
            ClientMatch source) {
        public Match {
            headers = headers == null ? List.of() : List.copyOf(headers);
            queryParams = queryParams == null ? List.of() : List.copyOf(queryParams);
        }
    }

    /** @param subset null for all pods of the Service */
    @ApiObject
    public record Backend(
            @Size(min = 1, max = 63)
            @JsonPropertyDescription("Name of one of spec.subsets. Default: all pods of the Service.")
            @Nullable
            String subset,

            @Default("1")
            @Min(0)
            @Max(1_000_000)
            @JsonPropertyDescription(
                    "Share of the requests, relative to the route's other backends: 0 to 1000000, 0 for"
                            + " none. A subset without pods keeps its share, and those requests are answered with 503; its"
                            + " share of connections that are not HTTP goes to the others."
                            + " Default: 1.")
            Integer weight) {
        public Backend {
            weight = requireNonNullElse(weight, 1);
        }
    }
}
