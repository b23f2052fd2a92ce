// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class InterceptionRulesTest {
    private static final Path GOLDEN = Path.of("src/test/resources/dev/selvedge/reconciler/proxy");
    private static final SortedSet<Integer> PORTS = new TreeSet<>(List.of(15020, 15021, 15100));

    @Test
    void ipv4() throws IOException {
        check("interception-ipv4.txt", InterceptionRules.ipv4(PORTS));
    }

    @Test
    void ipv6() throws IOException {
        check("interception-ipv6.txt", InterceptionRules.ipv6(PORTS));
    }

    private static void check(String name, String rules) throws IOException {
        if (Boolean.getBoolean("golden.update")) {
            Files.createDirectories(GOLDEN);
            Files.writeString(GOLDEN.resolve(name), rules);
        }
        assertThat(rules).isEqualTo(Files.readString(GOLDEN.resolve(name)));
    }
}
