// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.webhook;

import dev.selvedge.api.v1alpha1.AuthorizationPolicy;
import dev.selvedge.api.v1alpha1.ExternalService;
import dev.selvedge.api.v1alpha1.Mesh;
import dev.selvedge.api.v1alpha1.TrafficPolicy;
import dev.selvedge.compiler.diagnostic.FieldError;
import dev.selvedge.compiler.snapshot.SnapshotObject;
import dev.selvedge.reconciler.ingest.ExternalServiceIngest;
import dev.selvedge.reconciler.ingest.PolicyIngest;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.admission.v1.AdmissionRequest;
import io.fabric8.kubernetes.api.model.admission.v1.AdmissionResponse;
import io.fabric8.kubernetes.client.CustomResource;
import io.javaoperatorsdk.webhook.admission.AdmissionRequestHandler;
import io.javaoperatorsdk.webhook.admission.AdmissionUtils;
import io.javaoperatorsdk.webhook.admission.NotAllowedException;
import java.time.DateTimeException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Refuses objects of ours that cannot mean anything, with all their mistakes at once. The schema was checked before. One
 * that was stored with them, past admission or before a rule was there, is warned of them where its spec stays as it is.
 */
public final class PolicyAdmission implements AdmissionRequestHandler {
    private static final int UNPROCESSABLE = 422;

    /** Characters of an answer; what an object says of itself may be quoted in it. */
    private static final int MAX_MESSAGE = 16 << 10;

    private static final int MAX_WARNINGS = 20;

    private final Function<SnapshotObject, List<FieldError>> rules;

    /** @param rules all mistakes of an object, as the compiler sees them */
    public PolicyAdmission(Function<SnapshotObject, List<FieldError>> rules) {
        this.rules = rules;
    }

    @Override
    public AdmissionResponse handle(AdmissionRequest request) {
        var object = request.getObject();
        List<FieldError> errors;
        try {
            var snapshot = snapshot(object);
            if (snapshot.isEmpty()) {
                return refuse("this webhook takes Mesh, TrafficPolicy, AuthorizationPolicy and ExternalService only");
            }
            errors = rules.apply(snapshot.get());
        } catch (IllegalArgumentException | NullPointerException | DateTimeException e) {
            // What the schema demands is missing. Through the API server nothing of this kind arrives.
            return refuse("the object does not match its schema: " + e.getMessage());
        }
        var mistakes = errors.stream().map(FieldError::message).toList();
        if (!mistakes.isEmpty() && !isAsBefore(request) && !isLeaving(object)) {
            return refuse(String.join("\n", mistakes));
        }
        var response = AdmissionUtils.allowedAdmissionResponse();
        response.setWarnings(Stream.concat(mistakes.stream(), PolicyWarnings.of(object).stream())
                .limit(MAX_WARNINGS)
                .map(PolicyAdmission::shorten)
                .toList());
        return response;
    }

    /** What is there is told by its status: labels, owners and finalizers can change all the same. */
    private static boolean isAsBefore(AdmissionRequest request) {
        return request.getObject() instanceof CustomResource<?, ?> now
                && request.getOldObject() instanceof CustomResource<?, ?> before
                && Objects.equals(now.getSpec(), before.getSpec());
    }

    /** Whoever holds it with a finalizer takes that away by an update. */
    private static boolean isLeaving(Object object) {
        return object instanceof HasMetadata resource && resource.isMarkedForDeletion();
    }

    private static Optional<? extends SnapshotObject> snapshot(Object object) {
        return switch (object) {
            case Mesh mesh -> PolicyIngest.mesh(mesh, List.of());
            case TrafficPolicy policy -> PolicyIngest.trafficPolicy(policy);
            case AuthorizationPolicy policy -> PolicyIngest.authorizationPolicy(policy);
            case ExternalService service -> ExternalServiceIngest.externalService(service);
            case null, default -> Optional.empty();
        };
    }

    private static AdmissionResponse refuse(String message) {
        return AdmissionUtils.notAllowedExceptionToAdmissionResponse(
                new NotAllowedException(shorten(message), UNPROCESSABLE));
    }

    private static String shorten(String message) {
        return message.length() > MAX_MESSAGE ? message.substring(0, MAX_MESSAGE) + "…" : message;
    }
}
