// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.v1alpha1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.selvedge.api.v1alpha1.Retries.RetryOn;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The types read what users write and write what they read. */
class ReadingTest {
    @Test
    void anEmptyMeshHasEveryDefault() {
        var mesh = Serialization.unmarshal("""
                apiVersion: selvedge.dev/v1alpha1
                kind: Mesh
                metadata: {name: default}
                spec: {mtls: {}, identity: {workload: {}}}
                """, Mesh.class);
        assertThat(mesh.getSpec()).isEqualTo(MeshSpec.DEFAULT);
        assertThat(mesh.getSpec().members().namespaceSelector().matchLabels())
                .isEqualTo(Map.of("selvedge.dev/mesh", "default"));
    }

    @Test
    void aMeshComesBackAsItWasWritten() {
        var spec = Serialization.unmarshal("""
                trustDomain: example.org
                mtls: {mode: Permissive}
                interception: {serviceCIDRs: [10.96.0.0/12]}
                egress: {mode: Deny}
                authorization: {default: Deny}
                proxy: {resources: {requests: {}, limits: {memory: 1Gi}}, drain: 5s}
                """, MeshSpec.class);
        assertThat(spec.interception().serviceCidrs()).containsExactly("10.96.0.0/12");
        assertThat(spec.authorization().defaultDecision()).isEqualTo(MeshSpec.Authorization.Decision.DENY);
        assertThat(spec.proxy().resources().requests()).isEmpty();
        assertThat(Serialization.unmarshal(Serialization.asYaml(spec), MeshSpec.class))
                .isEqualTo(spec);
    }

    @Test
    void aTrafficPolicyComesBackAsItWasWritten() {
        var spec = Serialization.unmarshal("""
                targetRefs: [{kind: Service, name: reviews}]
                ports: [{port: 9080, protocol: HTTP}]
                subsets: [{name: v1, labels: {version: v1}}]
                routes:
                - name: testers
                  matches:
                  - path: {type: Prefix, value: /reviews}
                    method: GET
                    headers: [{name: x-user, value: alice}, {name: x-test, type: Present}]
                  backends: [{subset: v1}]
                timeouts: {request: 10s}
                retries: {attempts: 2, backoff: {base: 25ms, max: 250ms}}
                loadBalancing: {algorithm: Maglev, hash: [{type: Source}]}
                circuitBreaking: {outliers: {consecutive5xx: 5, successRate: {}}}
                connections: {keepAlive: {}}
                """, TrafficPolicySpec.class);
        var route = spec.routes().getFirst();
        assertThat(route.backends()).containsExactly(new TrafficPolicySpec.Backend("v1", 1));
        assertThat(route.matches().getFirst().headers())
                .containsExactly(
                        new FieldMatch("x-user", FieldMatch.Type.EXACT, "alice"),
                        new FieldMatch("x-test", FieldMatch.Type.PRESENT, null));
        assertThat(spec.retries()).isNotNull().satisfies(retries -> assertThat(retries.when())
                .containsExactly(RetryOn.CONNECT_FAILURE, RetryOn.REFUSED_STREAM, RetryOn.RESET_BEFORE_REQUEST));
        assertThat(Serialization.unmarshal(Serialization.asYaml(spec), TrafficPolicySpec.class))
                .isEqualTo(spec);
    }

    @Test
    void anEmptySelectorIsNotAnAbsentOne() {
        var spec = Serialization.unmarshal("""
                targetRefs: [{kind: Pod, selector: {}}]
                action: Allow
                rules: [{name: readers, from: [{serviceAccounts: [{name: reviews}]}], to: [{ports: [80]}]}]
                """, AuthorizationPolicySpec.class);
        assertThat(spec.targetRefs().getFirst().selector()).isEqualTo(new LabelSelector(Map.of(), List.of()));
        assertThat(Serialization.unmarshal(Serialization.asYaml(spec), AuthorizationPolicySpec.class))
                .isEqualTo(spec);
    }

    @Test
    void aConditionIsWrittenAsKubernetesDoes() {
        var condition = new Condition(
                "Ready", Condition.Status.TRUE, 3, Instant.parse("2026-01-02T03:04:05.678Z"), "Ready", "All is well.");
        assertThat(Serialization.asJson(condition))
                .contains("\"status\":\"True\"", "\"lastTransitionTime\":\"2026-01-02T03:04:05Z\"");
        assertThat(Serialization.unmarshal(Serialization.asJson(condition), Condition.class))
                .isEqualTo(condition);
    }

    @Test
    void fieldsOfALaterVersionAreIgnored() {
        assertThat(Serialization.unmarshal("""
                        mtls: {mode: Strict, later: 1}
                        newer: {}
                        """, MeshSpec.class)).isEqualTo(MeshSpec.DEFAULT);
    }

    @ParameterizedTest
    @CsvSource({"10s,PT10S", "1h30m,PT1H30M", "250ms,PT0.25S", "0s,PT0S", "1m500ms,PT1M0.5S"})
    void durationsAreRead(String text, Duration duration) {
        assertThat(GatewayDuration.parse(text)).isEqualTo(duration);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "10", "1d", "-1s", "1.5s", "1h1h1h1h1h", "s", "10s\n"})
    void otherTextsAreNotDurations(String text) {
        assertThatThrownBy(() -> GatewayDuration.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
