// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.golden;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The compiler's results are the checked-in ones. {@code -Dgolden.update=true} writes them anew and removes those that
 * nothing produces; read the difference before you commit it.
 */
final class GoldenTest {
    private static final boolean UPDATE = Boolean.getBoolean("golden.update");

    @TestFactory
    Stream<DynamicTest> the_result_is_the_checked_in_one() throws IOException {
        return GoldenCase.all().stream()
                .map(golden -> DynamicTest.dynamicTest(name(golden.folder()), () -> {
                    var results = golden.compile();
                    if (UPDATE) {
                        write(golden.folder(), results);
                    }
                    assertThat(checkedIn(golden.folder())).isEqualTo(results);
                }));
    }

    @TestFactory
    Stream<DynamicTest> every_file_is_an_input_or_an_output() throws IOException {
        return GoldenCase.all().stream()
                .map(golden -> DynamicTest.dynamicTest(name(golden.folder()), () -> assertThat(files(golden.folder()))
                        .extracting(GoldenTest::name)
                        .allMatch(name -> name.endsWith(".yaml") && (name.startsWith("in-") || name.startsWith("out-")))
                        .anyMatch(name -> name.startsWith("in-"))
                        .anyMatch(name -> name.startsWith("out-"))));
    }

    private static void write(Path folder, SortedMap<String, String> results) throws IOException {
        for (var stale : files(folder)) {
            if (name(stale).startsWith("out-")) {
                Files.delete(stale);
            }
        }
        for (var result : results.entrySet()) {
            Files.writeString(folder.resolve(result.getKey()), result.getValue());
        }
    }

    private static SortedMap<String, String> checkedIn(Path folder) throws IOException {
        var results = new TreeMap<String, String>();
        for (var file : files(folder)) {
            if (name(file).startsWith("out-")) {
                results.put(name(file), Files.readString(file));
            }
        }
        return results;
    }

    private static List<Path> files(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }

    private static String name(Path path) {
        return path.getFileName().toString();
    }
}
