// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.api.v1alpha1.TrafficPolicy;
import dev.selvedge.compiler.policy.Validation;
import io.fabric8.kubernetes.api.model.KubernetesResource;
import io.fabric8.kubernetes.api.model.admission.v1.AdmissionRequestBuilder;
import io.fabric8.kubernetes.api.model.admission.v1.AdmissionResponse;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class PolicyAdmissionTest {
    private static final String SPEC = "spec: {targetRefs: [{group: \"\", kind: Service, name: reviews}], %s}";
    private static final String GOOD = SPEC.formatted("timeouts: {request: 1s}");
    private static final String BAD = SPEC.formatted("routes: [{name: all}, {name: never}]");
    private static final String WORSE = SPEC.formatted("routes: [{name: all}, {name: never}, {name: nor-this}]");

    private final PolicyAdmission admission = new PolicyAdmission(Validation::check);

    @Test
    void a_mistake_is_refused_whatever_was_there_before() {
        assertThat(admit(policy(BAD, ""), null).getAllowed()).isFalse();
        assertThat(admit(policy(BAD, ""), policy(GOOD, "")).getAllowed()).isFalse();
        assertThat(admit(policy(WORSE, ""), policy(BAD, "")).getAllowed()).isFalse();
    }

    @Test
    void what_was_stored_with_a_mistake_can_be_labelled_and_is_warned_of() {
        var answer = admit(policy(BAD, "labels: {team: a}"), policy(BAD, ""));

        assertThat(answer.getAllowed()).isTrue();
        assertThat(answer.getWarnings())
                .anySatisfy(warning -> assertThat(warning).contains("spec.routes[0]"));
    }

    /** The garbage collector takes its finalizer away by an update; another controller may change more. */
    @Test
    void what_is_being_deleted_can_go() {
        var held = "deletionTimestamp: \"2026-01-02T03:04:05Z\", finalizers: [%s]";

        assertThat(admit(policy(WORSE, held.formatted("")), policy(BAD, held.formatted("foregroundDeletion")))
                        .getAllowed())
                .isTrue();
    }

    private AdmissionResponse admit(KubernetesResource now, @Nullable KubernetesResource before) {
        return admission.handle(new AdmissionRequestBuilder()
                .withUid("1")
                .withOperation(before == null ? "CREATE" : "UPDATE")
                .withObject(now)
                .withOldObject(before)
                .build());
    }

    private static TrafficPolicy policy(String spec, String metadata) {
        return Serialization.unmarshal("""
                apiVersion: selvedge.dev/v1alpha1
                kind: TrafficPolicy
                metadata: {name: reviews, namespace: shop, %s}
                %s
                """.formatted(metadata, spec), TrafficPolicy.class);
    }
}
