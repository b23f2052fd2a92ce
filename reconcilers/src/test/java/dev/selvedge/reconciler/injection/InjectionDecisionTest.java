// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.injection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.api.v1alpha1.LabelSelector;
import dev.selvedge.reconciler.injection.InjectionDecision.Inject;
import dev.selvedge.reconciler.injection.InjectionDecision.Outside;
import dev.selvedge.reconciler.injection.InjectionDecision.Reason;
import dev.selvedge.reconciler.injection.InjectionDecision.Refuse;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class InjectionDecisionTest {
    private static final MeshMembers MEMBERS = new MeshMembers(
            new LabelSelector(
                    Map.of("selvedge.dev/mesh", "default"),
                    List.of(new LabelSelector.Requirement("stage", LabelSelector.Operator.NOT_IN, List.of("lab")))),
            "selvedge-system");
    private static final Map<String, String> JOINED = Map.of("selvedge.dev/mesh", "default");

    /** Labels and spec of the pod, and what becomes of it in a namespace of the mesh. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    {}                                                    | {}                        | Inject
                    {selvedge.dev/inject: Enabled}                        | {}                        | Inject
                    {selvedge.dev/inject: Disabled}                       | {}                        | OPTED_OUT
                    {selvedge.dev/inject: Disabled}                       | {hostNetwork: true}       | OPTED_OUT
                    {selvedge.dev/proxy: Gateway}                         | {}                        | GATEWAY
                    {selvedge.dev/proxy: Sidecar}                         | {}                        | Inject
                    {}                                                    | {hostNetwork: true}       | HOST_NETWORK
                    {}                                                    | {os: {name: windows}}     | NOT_LINUX
                    {}                                                    | {os: {name: linux}}       | Inject
                    """)
    void aPodOfTheMesh(String labels, String spec, String outcome) {
        assertThat(decide(pod(labels, spec), "shop", JOINED)).isEqualTo(outcome(outcome));
    }

    /** Labels of the namespace, label of the pod, outcome. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    shop        | {}                                        | NOT_A_MEMBER
                    shop        | {selvedge.dev/mesh: other}                | NOT_A_MEMBER
                    shop        | {selvedge.dev/mesh: default, stage: lab}  | NOT_A_MEMBER
                    shop        | {selvedge.dev/mesh: default, stage: live} | Inject
                    kube-system | {selvedge.dev/mesh: default}              | NOT_A_MEMBER
                    selvedge-system | {selvedge.dev/mesh: default}          | NOT_A_MEMBER
                    """)
    void aNamespace(String name, String labels, String outcome) {
        assertThat(decide(pod("{}", "{}"), name, pod(labels, "{}").getMetadata().getLabels()))
                .isEqualTo(outcome(outcome));
    }

    @Test
    void withoutAMeshAPodIsCreatedAsItIs() {
        assertThat(InjectionDecision.evaluate(pod("{}", "{}"), "shop", JOINED, Optional.empty()))
                .isEqualTo(new Outside(Reason.NO_MESH));
    }

    @Test
    void aPodThatAsksForAProxyIsRefusedWhereThereIsNone() {
        var pod = pod("{selvedge.dev/inject: Enabled}", "{}");

        assertThat(message(InjectionDecision.evaluate(pod, "shop", JOINED, Optional.empty())))
                .contains("there is no Mesh");
        assertThat(message(decide(pod, "shop", Map.of())))
                .contains("namespace shop does not belong to the mesh", "members.namespaceSelector");
        assertThat(message(decide(pod("{selvedge.dev/inject: Enabled}", "{hostNetwork: true}"), "shop", JOINED)))
                .contains("host's network");
        assertThat(message(decide(pod("{selvedge.dev/inject: Enabled}", "{os: {name: windows}}"), "shop", JOINED)))
                .contains("Linux");
    }

    @ParameterizedTest
    @ValueSource(strings = {"enabled", "true", "", "disabled"})
    void anyOtherValueOfTheLabelIsRefusedWithAMessage(String value) {
        assertThat(message(decide(pod("{selvedge.dev/inject: '" + value + "'}", "{}"), "shop", JOINED)))
                .contains("\"" + value + "\" is neither Enabled nor Disabled");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{securityContext: {runAsUser: 1337}}",
                "{containers: [{name: a}, {name: b, securityContext: {runAsUser: 1337}}]}",
                "{initContainers: [{name: a, securityContext: {runAsUser: 1337}}]}"
            })
    void anApplicationThatRunsAsTheProxysUserIsRefused(String spec) {
        assertThat(message(decide(pod("{}", spec), "shop", JOINED))).contains("user 1337 is the proxy's");
        assertThat(decide(pod("{selvedge.dev/inject: Disabled}", spec), "shop", JOINED))
                .isEqualTo(new Outside(Reason.OPTED_OUT));
    }

    @Test
    void anApplicationOnAPortOfTheProxyIsRefused() {
        assertThat(message(decide(
                        pod("{}", "{containers: [{name: a, ports: [{containerPort: 15006}]}]}"), "shop", JOINED)))
                .contains("port 15006 is one of the proxy's");
    }

    @Test
    void ourOwnContainersAreNoConflict() {
        var spec = "{initContainers: [{name: selvedge-proxy, ports: [{containerPort: 15020}],"
                + " securityContext: {runAsUser: 1337}}]}";

        assertThat(decide(pod("{selvedge.dev/proxy: Sidecar}", spec), "shop", JOINED))
                .isEqualTo(new Inject());
    }

    private static InjectionDecision decide(Pod pod, String namespace, Map<String, String> labels) {
        return InjectionDecision.evaluate(pod, namespace, labels, Optional.of(MEMBERS));
    }

    private static String message(InjectionDecision decision) {
        return decision instanceof Refuse(var message) ? message : "not refused: " + decision;
    }

    private static InjectionDecision outcome(String text) {
        return text.equals("Inject") ? new Inject() : new Outside(Reason.valueOf(text));
    }

    private static Pod pod(String labels, String spec) {
        return Serialization.unmarshal("metadata: {labels: %s}\nspec: %s".formatted(labels, spec), Pod.class);
    }
}
