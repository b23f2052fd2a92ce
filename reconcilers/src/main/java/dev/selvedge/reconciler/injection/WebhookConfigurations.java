// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.injection;

import dev.selvedge.api.Labels;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.MutatingWebhookBuilder;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.MutatingWebhookConfiguration;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.MutatingWebhookConfigurationBuilder;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.ValidatingWebhookConfiguration;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.ValidatingWebhookConfigurationBuilder;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.WebhookClientConfig;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.WebhookClientConfigBuilder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;

/**
 * What tells the API server when to ask us.
 *
 * <p>A pod of the mesh is not created while nobody answers: without a sidecar it would be outside of mTLS and policy. For
 * every other pod nobody is asked. Our own kinds are created while nobody answers: their schema holds anyway, and the
 * compiler checks them again.
 */
public final class WebhookConfigurations {
    public static final String INJECTOR = "selvedge-injector";
    public static final String VALIDATOR = "selvedge-validator";

    /** Where pods are sent. */
    public static final String INJECT_PATH = "/mutate/pods";

    /** Where our own kinds are sent. */
    public static final String VALIDATE_PATH = "/validate";

    private static final int TIMEOUT_SECONDS = 5;

    private WebhookConfigurations() {}

    /** @param caBundle PEM of those who may have issued the webhook's certificate */
    public static MutatingWebhookConfiguration injector(MeshMembers members, String service, String caBundle) {
        var client = client(members.operatorNamespace(), service, INJECT_PATH, caBundle);
        // A pod that opted out, or is a gateway's, is not even asked about.
        var notOptedOut = MeshMembers.requirement(Labels.INJECT, "NotIn", List.of("Disabled"));
        var notGateway = MeshMembers.requirement(Labels.PROXY, "NotIn", List.of("Gateway"));
        return new MutatingWebhookConfigurationBuilder()
                .withNewMetadata()
                .withName(INJECTOR)
                .endMetadata()
                .withWebhooks(
                        injection("members.inject.selvedge.dev", client)
                                .withNamespaceSelector(members.kubernetes())
                                .withObjectSelector(selector(notOptedOut, notGateway))
                                .build(),
                        // Pods that ask for a proxy where there is none are told so. Members are asked about twice,
                        // since
                        // a selector cannot be negated; the second answer changes nothing.
                        injection("outsiders.inject.selvedge.dev", client)
                                .withNamespaceSelector(selector(members.notExcluded()))
                                .withObjectSelector(selector(
                                        MeshMembers.requirement(Labels.INJECT, "Exists", List.of()),
                                        notOptedOut,
                                        notGateway))
                                .build())
                .build();
    }

    /**
     * @param operatorNamespace where the service is
     * @param caBundle PEM of those who may have issued the webhook's certificate
     */
    public static ValidatingWebhookConfiguration validator(String operatorNamespace, String service, String caBundle) {
        return new ValidatingWebhookConfigurationBuilder()
                .withNewMetadata()
                .withName(VALIDATOR)
                .endMetadata()
                .addNewWebhook()
                .withName("validate.selvedge.dev")
                .withClientConfig(client(operatorNamespace, service, VALIDATE_PATH, caBundle))
                .addNewRule()
                .withApiGroups("selvedge.dev")
                .withApiVersions("v1alpha1")
                .withResources("meshes", "trafficpolicies", "authorizationpolicies", "externalservices")
                .withOperations("CREATE", "UPDATE")
                .withScope("*")
                .endRule()
                .withFailurePolicy("Ignore")
                .withMatchPolicy("Equivalent")
                .withSideEffects("None")
                .withTimeoutSeconds(TIMEOUT_SECONDS)
                .withAdmissionReviewVersions("v1")
                .endWebhook()
                .build();
    }

    private static MutatingWebhookBuilder injection(String name, WebhookClientConfig client) {
        return new MutatingWebhookBuilder()
                .withName(name)
                .withClientConfig(client)
                .addNewRule()
                .withApiGroups("")
                .withApiVersions("v1")
                .withResources("pods")
                .withOperations("CREATE")
                .withScope("Namespaced")
                .endRule()
                .withFailurePolicy("Fail")
                .withMatchPolicy("Equivalent")
                .withSideEffects("None")
                .withReinvocationPolicy("IfNeeded")
                .withTimeoutSeconds(TIMEOUT_SECONDS)
                .withAdmissionReviewVersions("v1");
    }

    private static WebhookClientConfig client(String namespace, String service, String path, String caBundle) {
        return new WebhookClientConfigBuilder()
                .withNewService()
                .withNamespace(namespace)
                .withName(service)
                .withPath(path)
                .withPort(443)
                .endService()
                .withCaBundle(Base64.getEncoder().encodeToString(caBundle.getBytes(StandardCharsets.UTF_8)))
                .build();
    }

    private static LabelSelector selector(LabelSelectorRequirement... requirements) {
        return new LabelSelectorBuilder().withMatchExpressions(requirements).build();
    }
}
