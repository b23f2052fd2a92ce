// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.generate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The files that are generated from the types are those that the types make; {@code -Dgolden.update=true} writes them. */
class GeneratedFilesTest {
    private static final Path REPOSITORY = Path.of("..");

    @Test
    void definitionsAreThoseOfTheTypes() throws IOException {
        var files = new TreeMap<String, String>();
        Definitions.all().forEach((name, definition) -> files.put(name + ".yaml", Definitions.yaml(definition)));
        compare(REPOSITORY.resolve("config/crd"), ".*[.]selvedge[.]dev[.]yaml", files);
    }

    @Test
    void referencePagesAreThoseOfTheTypes() throws IOException {
        var files = new TreeMap<String, String>();
        Definitions.all()
                .values()
                .forEach(definition -> files.put(
                        definition.getSpec().getNames().getKind().toLowerCase(Locale.ROOT) + ".md",
                        ReferencePages.page(definition)));
        files.put("traffic.md", TrafficPage.page(Definitions.all().get("trafficpolicies.selvedge.dev")));
        compare(REPOSITORY.resolve("docs/reference"), ".*[.]md", files);
    }

    /** @param ours which files of the folder are generated; one that is not in {@code wanted} is a leftover */
    private static void compare(Path folder, String ours, SortedMap<String, String> wanted) throws IOException {
        if (Boolean.getBoolean("golden.update")) {
            Files.createDirectories(folder);
            for (String stale : read(folder, ours).keySet()) {
                Files.delete(folder.resolve(stale));
            }
            for (var file : wanted.entrySet()) {
                Files.writeString(folder.resolve(file.getKey()), file.getValue());
            }
        }
        assertThat(read(folder, ours))
                .as("%s differs from the types: run `make generate` and commit", folder)
                .isEqualTo(wanted);
    }

    private static SortedMap<String, String> read(Path folder, String ours) throws IOException {
        var found = new TreeMap<String, String>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file :
                    files.filter(f -> f.getFileName().toString().matches(ours)).toList()) {
                found.put(file.getFileName().toString(), Files.readString(file));
            }
        }
        return found;
    }
}
