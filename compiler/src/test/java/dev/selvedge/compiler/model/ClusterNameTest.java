// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.model.ServiceView.ClusterName;
import dev.selvedge.compiler.snapshot.ObjectName;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ClusterNameTest {
    private static final ObjectName REVIEWS = new ObjectName("shop", "reviews");

    @Test
    void a_name_is_read_as_it_was_written() {
        assertThat(ClusterName.parse("shop/reviews:80")).contains(new ClusterName(REVIEWS, 80, Optional.empty()));
        assertThat(ClusterName.parse("shop/reviews:65535/v2"))
                .contains(new ClusterName(REVIEWS, 65535, Optional.of("v2")));
        for (var text : new String[] {"shop/reviews:80", "shop/reviews:80/v2"}) {
            assertThat(ClusterName.parse(text)).map(ClusterName::toString).contains(text);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                ":",
                "reviews:80",
                "/reviews:80",
                "shop/:80",
                "shop/reviews",
                "shop/reviews:",
                "shop/reviews:/v2",
                "shop/reviews:80/",
                "shop/reviews:80/v2/v3",
                "shop/reviews:80:81",
                "shop/reviews:-1",
                "shop/reviews:+1",
                "shop/reviews:123456",
                "shop/reviews:80x",
                "shop/re|views:80",
                "a/b/c:80",
                "tcp|10.0.0.1:80",
                "external|tls|example.com:443",
                "gateway|shop/web|80"
            })
    void everything_else_is_not_one(String text) {
        assertThat(ClusterName.parse(text)).isEmpty();
    }
}
