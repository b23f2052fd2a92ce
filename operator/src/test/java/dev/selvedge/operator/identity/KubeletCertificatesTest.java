// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.identity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.reconciler.pki.Lifespan;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class KubeletCertificatesTest {
    private static final Instant START = Instant.parse("2030-01-01T00:00:00Z");
    private static final ObjectName POD = new ObjectName("shop", "a");

    private final KubeletCertificates certificates = new KubeletCertificates();

    @Test
    void the_one_that_was_signed_last_counts_whichever_is_heard_of_first() {
        certificates.saw(answered("1", START.plusSeconds(10), START.plusSeconds(100)));
        certificates.saw(answered("1", START, START.plusSeconds(200)));
        assertThat(certificates.of(POD, "1")).contains(new Lifespan(START.plusSeconds(10), START.plusSeconds(100)));
    }

    @Test
    void a_request_without_an_answer_says_nothing() {
        certificates.saw(request("1", Map.of()));
        assertThat(certificates.of(POD, "1")).isEmpty();
    }

    @Test
    void a_pod_of_the_same_name_has_a_certificate_of_its_own() {
        certificates.saw(answered("1", START, START.plusSeconds(200)));
        assertThat(certificates.of(POD, "2")).isEmpty();
        certificates.saw(answered("2", START.plusSeconds(10), START.plusSeconds(100)));
        assertThat(certificates.of(POD, "1")).isEmpty();
        assertThat(certificates.of(POD, "2")).isPresent();
    }

    @Test
    void what_has_ended_is_forgotten_when_its_pod_is_gone() {
        certificates.saw(answered("1", START, START.plusSeconds(200)));
        certificates.forget(_ -> false, START.plusSeconds(199));
        assertThat(certificates.of(POD, "1")).isPresent();
        certificates.forget(_ -> true, START.plus(Duration.ofDays(1)));
        assertThat(certificates.of(POD, "1")).isPresent();
        certificates.forget(_ -> false, START.plusSeconds(200));
        assertThat(certificates.of(POD, "1")).isEmpty();
    }

    private static GenericKubernetesResource answered(String uid, Instant begin, Instant end) {
        return request(uid, Map.of("notBefore", begin.toString(), "notAfter", end.toString()));
    }

    private static GenericKubernetesResource request(String uid, Map<String, String> status) {
        var request = new GenericKubernetesResource();
        request.setMetadata(new ObjectMetaBuilder()
                .withNamespace(POD.namespace())
                .withName("any")
                .build());
        request.setAdditionalProperty("spec", Map.of("podName", POD.name(), "podUID", uid));
        request.setAdditionalProperty("status", status);
        return request;
    }
}
