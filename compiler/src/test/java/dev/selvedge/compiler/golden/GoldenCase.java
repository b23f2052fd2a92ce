// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.golden;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import dev.selvedge.compiler.Compilation;
import dev.selvedge.compiler.IncrementalCompiler;
import dev.selvedge.compiler.diagnostic.Condition;
import dev.selvedge.compiler.diagnostic.ListenerOutcome;
import dev.selvedge.compiler.diagnostic.Outcome;
import dev.selvedge.compiler.model.Tree;
import dev.selvedge.compiler.resource.Resource;
import dev.selvedge.compiler.resource.ResourceKey;
import dev.selvedge.compiler.resource.ResourceType;
import dev.selvedge.compiler.snapshot.Change;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.SnapshotObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One folder: {@code in-*.yaml} are objects beside those of {@code shop.yaml}, {@code in-show.yaml} says which resources
 * are of interest, {@code in-effective.yaml} at which Services and pods all that is in force is; {@code out-*.yaml} is what
 * they become, and what becomes of each object that a user wrote.
 */
record GoldenCase(Path folder) {
    static final Path ROOT = Path.of("src/test/golden");

    private static final String SHOW = "in-show.yaml";
    private static final String EFFECTIVE = "in-effective.yaml";

    private static final ObjectMapper WRITER = new ObjectMapper(new YAMLFactory()
            .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
            .disable(YAMLGenerator.Feature.SPLIT_LINES)
            .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
            .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
            .enable(YAMLGenerator.Feature.INDENT_ARRAYS_WITH_INDICATOR));

    /** @param pod whose proxy asks; the shop's client when not given */
    private record Show(
            ResourceType type, String name, @Nullable ObjectName pod) {
        ResourceKey key(Compilation compilation) {
            return compilation.keyFor(type, name, pod == null ? new ObjectName("shop", "client-1") : pod);
        }
    }

    private record Effective(List<ObjectName> services, List<ObjectName> pods) {}

    static List<GoldenCase> all() throws IOException {
        try (var folders = Files.list(ROOT)) {
            return folders.filter(Files::isDirectory)
                    .sorted()
                    .map(GoldenCase::new)
                    .toList();
        }
    }

    /** What the compiler makes of the inputs, by the names of the files. */
    SortedMap<String, String> compile() throws IOException {
        var objects = objects();
        var compilation = compilation(objects);
        var files = new TreeMap<String, List<Object>>();
        for (var resource : resources(compilation)) {
            files.computeIfAbsent(file(resource.key().type()), type -> new ArrayList<>())
                    .add(describe(resource));
        }
        objects.stream()
                .map(SnapshotObject::ref)
                .distinct()
                .sorted()
                .flatMap(ref -> compilation.outcome(ref).stream())
                .forEach(outcome -> files.computeIfAbsent("out-outcomes.yaml", type -> new ArrayList<>())
                        .add(describe(outcome)));
        files.putAll(effective(compilation));
        var texts = new TreeMap<String, String>();
        for (var file : files.entrySet()) {
            texts.put(file.getKey(), WRITER.writeValueAsString(file.getValue()));
        }
        return texts;
    }

    private Map<String, List<Object>> effective(Compilation compilation) throws IOException {
        var file = folder.resolve(EFFECTIVE);
        if (!Files.exists(file)) {
            return Map.of();
        }
        var wanted = SnapshotYaml.MAPPER.readValue(file.toFile(), Effective.class);
        return Map.of(
                "out-effective.yaml",
                Stream.concat(
                                wanted.services().stream()
                                        .map(name -> compilation.effective(name).orElseThrow()),
                                wanted.pods().stream()
                                        .map(name ->
                                                compilation.effectiveAtPod(name).orElseThrow()))
                        .flatMap(it -> Tree.of(it).stream())
                        .toList());
    }

    /** The resources of interest. */
    List<Resource> resources() throws IOException {
        return resources(compilation(objects()));
    }

    private List<Resource> resources(Compilation compilation) throws IOException {
        var show = folder.resolve(SHOW);
        if (!Files.exists(show)) {
            return List.of();
        }
        return SnapshotYaml.MAPPER.readValue(show.toFile(), new TypeReference<List<Show>>() {}).stream()
                .map(wanted -> compilation
                        .resource(wanted.key(compilation))
                        .orElseThrow(() -> new AssertionError(folder + ": there is no " + wanted)))
                .toList();
    }

    private List<SnapshotObject> objects() throws IOException {
        var objects = new ArrayList<>(SnapshotYaml.read(ROOT.resolve("shop.yaml")));
        try (var inputs = Files.list(folder)) {
            for (var input : inputs.sorted().toList()) {
                var name = input.getFileName().toString();
                if (name.startsWith("in-") && !name.equals(SHOW) && !name.equals(EFFECTIVE)) {
                    objects.addAll(SnapshotYaml.read(input));
                }
            }
        }
        return objects;
    }

    private static Compilation compilation(List<SnapshotObject> objects) {
        var compilation = new IncrementalCompiler();
        compilation.apply(objects.stream().<Change>map(Change.Put::new).toList());
        return compilation;
    }

    private static String file(ResourceType type) {
        return "out-" + type.name().toLowerCase(Locale.ROOT) + ".yaml";
    }

    private static Map<String, Object> describe(Resource resource) {
        var description = new LinkedHashMap<String, Object>();
        description.put("context", resource.key().context().toString());
        description.put(
                "shaped_by",
                resource.origins().stream()
                        .map(origin -> origin.object().toString())
                        .toList());
        description.put(
                "requires",
                resource.requires().stream()
                        .map(key -> key.type() + " " + key.name())
                        .toList());
        description.put("resource", EnvoyYaml.tree(resource.body()));
        return description;
    }

    private static Map<String, Object> describe(Outcome outcome) {
        var description = new LinkedHashMap<String, Object>();
        description.put("object", outcome.object().toString());
        description.put("conditions", describe(outcome.conditions()));
        description.put("overridden_by", outcome.overriddenBy());
        if (!outcome.listeners().isEmpty()) {
            description.put(
                    "listeners",
                    outcome.listeners().stream().map(GoldenCase::describe).toList());
        }
        return description;
    }

    private static Map<String, Object> describe(ListenerOutcome listener) {
        var description = new LinkedHashMap<String, Object>();
        description.put("name", listener.name());
        description.put("conditions", describe(listener.conditions()));
        description.put("kinds", listener.kinds());
        description.put("attached_routes", listener.attachedRoutes());
        return description;
    }

    private static List<String> describe(List<Condition> conditions) {
        return conditions.stream()
                .map(it -> it.type().text() + "=" + (it.status() ? "True " : "False ")
                        + it.reason().text() + ": " + it.message())
                .toList();
    }
}
