// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class AdditionalAnchorsTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

    private final X509Certificate one = Authorities.root("one").certificate();
    private final X509Certificate two = Authorities.root("two").certificate();

    @Test
    void several_are_taken_each_once() {
        assertThat(AdditionalAnchors.check(Optional.of(Pem.write(List.of(one, two, one))), NOW))
                .isEqualTo(new AdditionalAnchors.Usable(List.of(one, two)));
    }

    @Test
    void one_that_cannot_be_used_is_named_and_all_are_refused() {
        var intermediate = Authorities.root("root").signs("intermediate").make().certificate();
        assertRefused(Pem.write(List.of(one, intermediate)), "\"CN=intermediate\" is not signed by itself");
        var ended = Authorities.signedByItself("ended")
                .until(NOW.minusSeconds(1))
                .make()
                .certificate();
        assertRefused(Pem.write(List.of(one, ended)), "\"CN=ended\" ends at");
        var leaf = Authorities.signedByItself("leaf").notAuthority().make().certificate();
        assertRefused(Pem.write(List.of(leaf)), "CA:TRUE");
    }

    @Test
    void nothing_nonsense_and_too_many_are_refused() {
        assertThat(AdditionalAnchors.check(Optional.empty(), NOW)).isInstanceOf(AdditionalAnchors.Refused.class);
        assertRefused("nonsense", "cannot be read");
        var many = IntStream.range(0, 17)
                .mapToObj(i -> Authorities.root("root " + i).certificate())
                .toList();
        assertRefused(Pem.write(many), "17 trust anchors; at most 16");
        assertThat(AdditionalAnchors.check(Optional.of(Pem.write(Collections.nCopies(17, one))), NOW))
                .isInstanceOf(AdditionalAnchors.Usable.class);
    }

    private static void assertRefused(String pem, String words) {
        assertThat(AdditionalAnchors.check(Optional.of(pem), NOW))
                .asInstanceOf(type(AdditionalAnchors.Refused.class))
                .satisfies(refused -> assertThat(refused.reason()).contains(words));
    }
}
