// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.model.Cidr;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Names of clusters that are asked for by proxies, with parts that strangers may have written. */
final class ExternalClusterTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "external|tls|api.example.com:443",
                "external|http|a-b.example.com:8080",
                "external|range|203.0.113.0/24|5432",
                "external|tcp|10.20.0.5:5432",
                "external|tcp|[fd00::5]:5432"
            })
    void a_name_that_can_be_read_is_written_as_it_was(String name) {
        assertThat(ExternalCluster.parse(name)).get().hasToString(name);
    }

    @Test
    void the_parts_of_a_name_are_what_it_says() {
        assertThat(ExternalCluster.parse("external|tls|api.example.com:443"))
                .contains(new ExternalCluster.Tls("api.example.com", 443));
        assertThat(ExternalCluster.parse("external|http|api.example.com:80"))
                .contains(new ExternalCluster.Http("api.example.com", 80));
        assertThat(ExternalCluster.parse("external|range|203.0.113.0/24|5432"))
                .contains(new ExternalCluster.Range(Cidr.parse("203.0.113.0/24").orElseThrow(), 5432));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "external|tls|:443",
                "external|tls|-:443",
                "external|tls|api:443",
                "external|tls|API.example.com:443",
                "external|tls|*.example.com:443",
                "external|tls|api..example.com:443",
                "external|tls|api.example.com.:443",
                "external|tls|api.example.com|x:443",
                "external|tls|127.0.0.1:443",
                "external|tls|api.example.com:443:80",
                "external|tls|api.example.com",
                "external|tls|ap\u0000i.example.com:443",
                "external|tls|äpi.example.com:443",
                "external|udp|api.example.com:443",
                "external|range|203.0.113.7/24|5432",
                "external|range|everything|5432",
                "external|tcp|api.example.com:5432",
                "external|tcp|",
                "external|",
                "tcp|10.0.0.1:80"
            })
    void any_other_name_is_nothing(String name) {
        assertThat(ExternalCluster.parse(name)).isEmpty();
    }

    @Test
    void a_name_of_any_length_is_answered_at_once() {
        assertThat(ExternalCluster.parse("external|tls|" + "a.".repeat(500_000) + "com:443"))
                .isEmpty();
        assertThat(ExternalCluster.parse("external|range|" + "1".repeat(500_000) + "|443"))
                .isEmpty();
    }
}
