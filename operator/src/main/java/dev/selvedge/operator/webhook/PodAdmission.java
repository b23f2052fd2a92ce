// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.webhook;

import static java.util.Objects.requireNonNullElse;

import dev.selvedge.reconciler.injection.InjectionDecision;
import dev.selvedge.reconciler.injection.InjectionDecision.Inject;
import dev.selvedge.reconciler.injection.InjectionDecision.Outside;
import dev.selvedge.reconciler.injection.InjectionDecision.Refuse;
import dev.selvedge.reconciler.injection.MeshMembers;
import dev.selvedge.reconciler.injection.PodMutator;
import dev.selvedge.reconciler.injection.PodWarnings;
import dev.selvedge.reconciler.proxy.ProxySettings;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.admission.v1.AdmissionRequest;
import io.fabric8.kubernetes.api.model.admission.v1.AdmissionResponse;
import io.javaoperatorsdk.webhook.admission.AdmissionRequestHandler;
import io.javaoperatorsdk.webhook.admission.AdmissionUtils;
import io.javaoperatorsdk.webhook.admission.NotAllowedException;
import io.javaoperatorsdk.webhook.admission.mutation.DefaultAdmissionRequestMutator;
import io.javaoperatorsdk.webhook.clone.Cloner;
import io.javaoperatorsdk.webhook.clone.ObjectMapperCloner;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Puts the sidecar into the pods of the mesh. */
public final class PodAdmission implements AdmissionRequestHandler {
    private static final int UNPROCESSABLE = 422;

    /** One for all: its mapper learns how to read a pod once. */
    private static final Cloner<Pod> COPIES = new ObjectMapperCloner<>();

    /**
     * Containers, init containers and volumes of a pod, each. What injection changes is found by comparing every one
     * before with every one after: of ten thousand that takes a minute, of twenty thousand all the memory there is.
     */
    static final int MAX_LIST = 250;

    private static final int MAX_MESSAGE = 4096;

    private final Supplier<Optional<Injection>> mesh;
    private final Function<String, Map<String, String>> namespaceLabels;

    /**
     * What the mesh in force says about sidecars.
     *
     * @param members which namespaces it has
     * @param settings of their proxies
     */
    public record Injection(MeshMembers members, ProxySettings settings) {}

    /**
     * @param mesh in force; empty without one
     * @param namespaceLabels of a namespace, which may have been created a moment ago; called on a worker thread
     */
    public PodAdmission(Supplier<Optional<Injection>> mesh, Function<String, Map<String, String>> namespaceLabels) {
        this.mesh = mesh;
        this.namespaceLabels = namespaceLabels;
    }

    @Override
    public AdmissionResponse handle(AdmissionRequest request) {
        try {
            return decide(request);
        } catch (IllegalArgumentException e) {
            return refuse("spec: " + e.getMessage());
        } catch (NullPointerException e) {
            // A list with null in it, a port without a number. Through the API server nothing of this kind arrives.
            return refuse("spec: the pod does not match its schema; write it as kubectl explain pod.spec says");
        }
    }

    private AdmissionResponse decide(AdmissionRequest request) {
        if (!(request.getObject() instanceof Pod pod) || pod.getMetadata() == null || pod.getSpec() == null) {
            return refuse("this webhook takes pods only");
        }
        if (pod.getSpec().getContainers() == null) {
            // Not a valid pod, which the API server finds next, and says better.
            return AdmissionUtils.allowedAdmissionResponse();
        }
        var injection = mesh.get();
        if (isOversized(pod.getSpec())) {
            return refuse("spec: the pod has more than %d containers, initContainers or volumes; give it fewer"
                    .formatted(MAX_LIST));
        }
        var namespace = requireNonNullElse(request.getNamespace(), "");
        var decision = InjectionDecision.evaluate(
                pod, namespace, namespaceLabels.apply(namespace), injection.map(Injection::members));
        return switch (decision) {
            case Inject() -> inject(request, pod, injection.orElseThrow().settings());
            case Outside(var reason) -> {
                var response = AdmissionUtils.allowedAdmissionResponse();
                response.setWarnings(PodWarnings.outside(reason));
                yield response;
            }
            case Refuse(var message) -> refuse(message);
        };
    }

    private static AdmissionResponse refuse(String message) {
        return AdmissionUtils.notAllowedExceptionToAdmissionResponse(new NotAllowedException(
                message.length() > MAX_MESSAGE ? message.substring(0, MAX_MESSAGE) + "…" : message, UNPROCESSABLE));
    }

    private static boolean isOversized(PodSpec spec) {
        return Stream.of(spec.getContainers(), spec.getInitContainers(), spec.getVolumes())
                .anyMatch(list -> list != null && list.size() > MAX_LIST);
    }

    private static AdmissionResponse inject(AdmissionRequest request, Pod pod, ProxySettings settings) {
        var response = new DefaultAdmissionRequestMutator<>((copy, _) -> PodMutator.inject(copy, settings), COPIES)
                .handle(request);
        response.setWarnings(PodWarnings.injected(pod, settings));
        return response;
    }
}
