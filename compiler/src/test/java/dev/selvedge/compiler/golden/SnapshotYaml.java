// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.golden;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy;
import dev.selvedge.compiler.snapshot.EndpointSlice;
import dev.selvedge.compiler.snapshot.ExternalService;
import dev.selvedge.compiler.snapshot.Fault;
import dev.selvedge.compiler.snapshot.Gateway;
import dev.selvedge.compiler.snapshot.HealthCheck;
import dev.selvedge.compiler.snapshot.HttpRoute;
import dev.selvedge.compiler.snapshot.Kind;
import dev.selvedge.compiler.snapshot.LabelSelector;
import dev.selvedge.compiler.snapshot.Mesh;
import dev.selvedge.compiler.snapshot.Meta;
import dev.selvedge.compiler.snapshot.Namespace;
import dev.selvedge.compiler.snapshot.Node;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.Pod;
import dev.selvedge.compiler.snapshot.RateLimit;
import dev.selvedge.compiler.snapshot.ReferenceGrant;
import dev.selvedge.compiler.snapshot.Release;
import dev.selvedge.compiler.snapshot.RouteActions;
import dev.selvedge.compiler.snapshot.Service;
import dev.selvedge.compiler.snapshot.SnapshotObject;
import dev.selvedge.compiler.snapshot.StringMatch;
import dev.selvedge.compiler.snapshot.TrafficPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Reads snapshot records from YAML. Names are written {@code namespace/name}, alternatives by their key
 * ({@code {prefix: /a}}), durations as {@code 10s}; what is absent is empty. Each document says its {@code kind}.
 */
final class SnapshotYaml {
    private static final Map<String, Class<? extends SnapshotObject>> KINDS = Map.ofEntries(
            Map.entry("Mesh", Mesh.class),
            Map.entry("Namespace", Namespace.class),
            Map.entry("Node", Node.class),
            Map.entry("Service", Service.class),
            Map.entry("EndpointSlice", EndpointSlice.class),
            Map.entry("Pod", Pod.class),
            Map.entry("TrafficPolicy", TrafficPolicy.class),
            Map.entry("AuthorizationPolicy", AuthorizationPolicy.class),
            Map.entry("Gateway", Gateway.class),
            Map.entry("HttpRoute", HttpRoute.class),
            Map.entry("GrpcRoute", HttpRoute.class),
            Map.entry("ReferenceGrant", ReferenceGrant.class),
            Map.entry("ExternalService", ExternalService.class));

    static final ObjectMapper MAPPER = mapper();

    private SnapshotYaml() {}

    /** Every document of a file. */
    static List<SnapshotObject> read(Path file) throws IOException {
        var objects = new ArrayList<SnapshotObject>();
        try (var reader = Files.newBufferedReader(file);
                var documents = MAPPER.readerFor(ObjectNode.class).<ObjectNode>readValues(reader)) {
            while (documents.hasNext()) {
                var document = documents.next();
                var kind = document.remove("kind").asText();
                if (kind.equals("GrpcRoute")) {
                    document.put("kind", Kind.GRPC_ROUTE.name());
                }
                objects.add(MAPPER.treeToValue(document, KINDS.get(kind)));
            }
        }
        return objects;
    }

    private static ObjectMapper mapper() {
        var mapper = new ObjectMapper(new YAMLFactory())
                .registerModule(new Jdk8Module())
                .registerModule(snapshotModule())
                .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);
        for (var type : List.of(List.class, Map.class)) {
            mapper.configOverride(type).setSetterInfo(JsonSetter.Value.forValueNulls(Nulls.AS_EMPTY));
        }
        return mapper;
    }

    private static SimpleModule snapshotModule() {
        return new SimpleModule()
                .addDeserializer(RateLimit.Key.class, new From<>(RateLimit.Key.class, SnapshotYaml::key))
                .addDeserializer(Fault.Status.class, new From<>(Fault.Status.class, SnapshotYaml::status))
                .addDeserializer(
                        Instant.class, new From<>(Instant.class, (node, codec) -> Instant.parse(node.asText())))
                .addDeserializer(ObjectName.class, new From<>(ObjectName.class, (node, codec) -> name(node.asText())))
                .addDeserializer(Meta.class, new From<>(Meta.class, SnapshotYaml::meta))
                .addDeserializer(Duration.class, new From<>(Duration.class, SnapshotYaml::duration))
                .addDeserializer(StringMatch.class, new From<>(StringMatch.class, SnapshotYaml::match))
                .addDeserializer(HttpRoute.Parent.class, new From<>(HttpRoute.Parent.class, SnapshotYaml::parent))
                .addDeserializer(RouteActions.Answer.class, new From<>(RouteActions.Answer.class, SnapshotYaml::answer))
                .addDeserializer(
                        RouteActions.PathChange.class, new From<>(RouteActions.PathChange.class, SnapshotYaml::change))
                .addDeserializer(
                        RouteActions.Share.class,
                        new From<>(RouteActions.Share.class, (node, codec) -> RouteActions.Share.percent(node.asInt())))
                .addDeserializer(RouteActions.class, new Actions())
                .addDeserializer(RouteActions.HeaderChanges.class, new Changes())
                .addDeserializer(Kind.class, new Kinds())
                .addDeserializer(Release.class, new From<>(Release.class, SnapshotYaml::release))
                .addDeserializer(
                        HealthCheck.Protocol.class, new From<>(HealthCheck.Protocol.class, SnapshotYaml::protocol))
                .addDeserializer(Pod.Proxy.class, new From<>(Pod.Proxy.class, SnapshotYaml::proxy))
                .addDeserializer(
                        AuthorizationPolicy.Target.class,
                        new From<>(AuthorizationPolicy.Target.class, SnapshotYaml::target))
                .addDeserializer(
                        ExternalService.Visibility.class,
                        new From<>(ExternalService.Visibility.class, SnapshotYaml::visibility))
                .addDeserializer(
                        Gateway.AllowedNamespaces.class,
                        new From<>(Gateway.AllowedNamespaces.class, SnapshotYaml::allowed));
    }

    private static ObjectName name(String text) {
        int slash = text.indexOf('/');
        return slash < 0
                ? new ObjectName("", text)
                : new ObjectName(text.substring(0, slash), text.substring(slash + 1));
    }

    /** A name, or {@code {name, createdAt}}; generation 1, and a uid that sorts like the name. */
    private static Meta meta(JsonNode node, ObjectMapper mapper) {
        var text = node.isTextual() ? node.asText() : node.get("name").asText();
        return new Meta(name(text), "uid-of-" + text, 1, node.path("createdAt").asLong());
    }

    private static Duration duration(JsonNode node, ObjectMapper mapper) {
        var text = node.asText();
        return text.endsWith("ms")
                ? Duration.ofMillis(Long.parseLong(text.substring(0, text.length() - 2)))
                : Duration.parse("PT" + text.toUpperCase(Locale.ROOT));
    }

    private static StringMatch match(JsonNode node, ObjectMapper mapper) {
        var field = node.properties().iterator().next();
        return switch (field.getKey()) {
            case "exact" -> new StringMatch.Exact(field.getValue().asText());
            case "prefix" -> new StringMatch.Prefix(field.getValue().asText());
            case "regex" -> new StringMatch.Regex(field.getValue().asText());
            case "present" -> new StringMatch.Present();
            default -> throw new IllegalArgumentException("no match: " + node);
        };
    }

    /** {@code {gateway: …, sectionName, port}} or {@code {service: …, port}}. */
    private static HttpRoute.Parent parent(JsonNode node, ObjectMapper mapper) {
        var port = Optional.ofNullable(node.get("port")).map(JsonNode::asInt);
        return node.has("service")
                ? new HttpRoute.Parent.ToService(name(node.get("service").asText()), port)
                : new HttpRoute.Parent.ToGateway(
                        name(node.get("gateway").asText()),
                        Optional.ofNullable(node.get("sectionName")).map(JsonNode::asText),
                        port);
    }

    private static RouteActions.Answer answer(JsonNode node, ObjectMapper mapper) throws IOException {
        return node.has("redirect")
                ? mapper.treeToValue(node.get("redirect"), RouteActions.Answer.Redirect.class)
                : mapper.treeToValue(node.get("direct"), RouteActions.Answer.Direct.class);
    }

    private static RouteActions.PathChange change(JsonNode node, ObjectMapper mapper) throws IOException {
        var field = node.properties().iterator().next();
        return switch (field.getKey()) {
            case "full" -> new RouteActions.PathChange.Full(field.getValue().asText());
            case "prefix" -> new RouteActions.PathChange.Prefix(field.getValue().asText());
            case "regex" -> mapper.treeToValue(field.getValue(), RouteActions.PathChange.Regex.class);
            default -> throw new IllegalArgumentException("no change of a path: " + node);
        };
    }

    private static Release release(JsonNode node, ObjectMapper mapper) throws IOException {
        return node.has("active")
                ? mapper.treeToValue(node, Release.BlueGreen.class)
                : mapper.treeToValue(node, Release.Canary.class);
    }

    private static HealthCheck.Protocol protocol(JsonNode node, ObjectMapper mapper) {
        var field = node.properties().iterator().next();
        return switch (field.getKey()) {
            case "http" -> new HealthCheck.Protocol.Http(field.getValue().asText());
            case "grpc" -> new HealthCheck.Protocol.Grpc(field.getValue().asText());
            case "tcp" -> new HealthCheck.Protocol.Tcp();
            default -> throw new IllegalArgumentException("no protocol: " + node);
        };
    }

    private static Pod.Proxy proxy(JsonNode node, ObjectMapper mapper) {
        if (node.has("gateway")) {
            return new Pod.Proxy.GatewayProxy(name(node.get("gateway").asText()));
        }
        return switch (node.asText()) {
            case "Sidecar" -> new Pod.Proxy.Sidecar();
            case "None" -> new Pod.Proxy.None();
            default -> throw new IllegalArgumentException("no proxy: " + node);
        };
    }

    private static AuthorizationPolicy.Target target(JsonNode node, ObjectMapper mapper) throws IOException {
        return node.has("service")
                ? new AuthorizationPolicy.Target.ServiceTarget(
                        node.get("service").asText())
                : new AuthorizationPolicy.Target.PodTarget(mapper.treeToValue(node.get("pods"), LabelSelector.class));
    }

    /** {@code Caller}, {@code RemoteAddress}, or {@code {header: x-user}}. */
    private static RateLimit.Key key(JsonNode node, ObjectMapper mapper) {
        if (node.has("header")) {
            return new RateLimit.Key.Header(node.get("header").asText());
        }
        return node.asText().equals("Caller") ? new RateLimit.Key.Caller() : new RateLimit.Key.RemoteAddress();
    }

    private static Fault.Status status(JsonNode node, ObjectMapper mapper) {
        return node.has("http")
                ? new Fault.Status.Http(node.get("http").asInt())
                : new Fault.Status.Grpc(node.get("grpc").asInt());
    }

    private static Gateway.AllowedNamespaces allowed(JsonNode node, ObjectMapper mapper) throws IOException {
        if (node.has("matching")) {
            return new Gateway.AllowedNamespaces.Matching(
                    mapper.treeToValue(node.get("matching"), LabelSelector.class));
        }
        return node.asText().equals("All") ? new Gateway.AllowedNamespaces.All() : new Gateway.AllowedNamespaces.Same();
    }

    /** {@code All}, or a list of namespaces beside its own. */
    private static ExternalService.Visibility visibility(JsonNode node, ObjectMapper mapper) {
        return node.isArray()
                ? new ExternalService.Visibility.Listed(mapper.convertValue(node, new TypeReference<List<String>>() {}))
                : new ExternalService.Visibility.All();
    }

    /** An absent action is none. */
    private static final class Actions extends StdDeserializer<RouteActions> {
        private record Given(
                Optional<RouteActions.Answer> answer,
                Optional<RouteActions.Rewrite> rewrite,
                RouteActions.HeaderChanges requestHeaders,
                RouteActions.HeaderChanges responseHeaders,
                Optional<RouteActions.Cors> cors) {}

        Actions() {
            super(RouteActions.class);
        }

        @Override
        public RouteActions deserialize(JsonParser parser, DeserializationContext context) throws IOException {
            var given = parser.readValueAs(Given.class);
            return new RouteActions(
                    given.answer(), given.rewrite(), given.requestHeaders(), given.responseHeaders(), given.cors());
        }

        @Override
        public RouteActions getAbsentValue(DeserializationContext context) {
            return RouteActions.NONE;
        }
    }

    private static final class Changes extends StdDeserializer<RouteActions.HeaderChanges> {
        private record Given(List<RouteActions.Header> set, List<RouteActions.Header> add, List<String> remove) {}

        Changes() {
            super(RouteActions.HeaderChanges.class);
        }

        @Override
        public RouteActions.HeaderChanges deserialize(JsonParser parser, DeserializationContext context)
                throws IOException {
            var given = parser.readValueAs(Given.class);
            return new RouteActions.HeaderChanges(given.set(), given.add(), given.remove());
        }

        @Override
        public RouteActions.HeaderChanges getAbsentValue(DeserializationContext context) {
            return RouteActions.HeaderChanges.NONE;
        }
    }

    /** Only routes are of two kinds; the usual one need not be said. */
    private static final class Kinds extends StdDeserializer<Kind> {
        Kinds() {
            super(Kind.class);
        }

        @Override
        public Kind deserialize(JsonParser parser, DeserializationContext context) throws IOException {
            return Kind.valueOf(parser.getText());
        }

        @Override
        public Kind getAbsentValue(DeserializationContext context) {
            return Kind.HTTP_ROUTE;
        }
    }

    private interface Reader<T> {
        T read(JsonNode node, ObjectMapper mapper) throws IOException;
    }

    private static final class From<T> extends StdDeserializer<T> {
        private final transient Reader<T> reader;

        From(Class<T> type, Reader<T> reader) {
            super(type);
            this.reader = reader;
        }

        @Override
        public T deserialize(JsonParser parser, DeserializationContext context) throws IOException {
            return reader.read(parser.readValueAsTree(), (ObjectMapper) parser.getCodec());
        }
    }
}
