// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.drift;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.selvedge.reconciler.drift.FieldPath.Segment;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What somebody declared in an object: all of it but the status and what the API server writes. */
record Content(JsonNode tree) {
    private static final ObjectMapper MAPPER =
            new ObjectMapper().configure(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS, true);
    private static final List<String> SERVERS = List.of(
            "managedFields",
            "resourceVersion",
            "generation",
            "uid",
            "creationTimestamp",
            "selfLink",
            "deletionTimestamp");
    private static final int HASH_LENGTH = 16;

    static Content of(HasMetadata object, KubernetesSerialization serialization) {
        try {
            var tree = (ObjectNode) MAPPER.readTree(serialization.asJson(object));
            tree.remove("status");
            if (tree.get("metadata") instanceof ObjectNode metadata) {
                metadata.remove(SERVERS);
            }
            return new Content(tree);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the client writes JSON", e);
        }
    }

    /** Equal for equal contents, whatever the order of their maps. */
    String hash() {
        try {
            var canonical = MAPPER.writeValueAsString(MAPPER.treeToValue(tree, Object.class));
            var digest = MessageDigest.getInstance("SHA-256").digest(canonical.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest).substring(0, HASH_LENGTH);
        } catch (JsonProcessingException | NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The shortest paths at which the two differ. */
    List<FieldPath> differences(Content other) {
        var found = new ArrayList<FieldPath>();
        compare(FieldPath.ROOT, tree, other.tree, found);
        return found;
    }

    private static void compare(FieldPath path, @Nullable JsonNode a, @Nullable JsonNode b, List<FieldPath> found) {
        if (a != null && a.equals(b)) {
            return;
        }
        if (a == null || b == null || a.getNodeType() != b.getNodeType() || a.isValueNode()) {
            found.add(path);
            return;
        }
        var left = children(a);
        var right = children(b);
        if (left == null || right == null) {
            found.add(path);
            return;
        }
        var segments = new LinkedHashSet<>(left.keySet());
        segments.addAll(right.keySet());
        segments.forEach(segment -> compare(path.then(segment), left.get(segment), right.get(segment), found));
    }

    /** Fields of an object, named items of a list; null for other lists, which are compared as a whole. */
    private static @Nullable Map<Segment, JsonNode> children(JsonNode node) {
        var children = new LinkedHashMap<Segment, JsonNode>();
        if (node.isObject()) {
            node.properties().forEach(field -> children.put(new Segment.Field(field.getKey()), field.getValue()));
            return children;
        }
        for (var item : node) {
            if (!item.path("name").isTextual()) {
                return null;
            }
            children.put(new Segment.Item(item.get("name").asText()), item);
        }
        return children;
    }
}
