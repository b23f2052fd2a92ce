// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.webhook;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.selvedge.api.v1alpha1.AuthorizationPolicy;
import dev.selvedge.api.v1alpha1.ExternalService;
import dev.selvedge.api.v1alpha1.Mesh;
import dev.selvedge.api.v1alpha1.TrafficPolicy;
import io.fabric8.kubernetes.api.model.admission.v1.AdmissionReview;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;

/** Admission reviews as bytes. JSON only, and bounded: who can reach the port can send anything. */
final class ReviewCodec {
    /** The API server itself refuses objects nested deeper than a few dozen levels of our kinds and of pods. */
    private static final int MAX_DEPTH = 100;

    private final JsonMapper mapper;

    ReviewCodec(int maxBytes) {
        mapper = new JsonMapper(JsonFactory.builder()
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(MAX_DEPTH)
                        .maxStringLength(maxBytes)
                        .maxDocumentLength(maxBytes)
                        .build())
                .build());
        // Teaches the mapper the Kubernetes kinds; the serialization itself would read YAML too.
        var kinds = new KubernetesSerialization(mapper, true);
        kinds.registerKubernetesResource(Mesh.class);
        kinds.registerKubernetesResource(TrafficPolicy.class);
        kinds.registerKubernetesResource(AuthorizationPolicy.class);
        kinds.registerKubernetesResource(ExternalService.class);
    }

    AdmissionReview read(byte[] json) throws IOException {
        var review = mapper.readValue(json, AdmissionReview.class);
        if (review == null || review.getRequest() == null || review.getRequest().getUid() == null) {
            throw new IOException("not an AdmissionReview with a request and its uid");
        }
        return review;
    }

    byte[] write(AdmissionReview review) throws JsonProcessingException {
        return mapper.writeValueAsBytes(review);
    }
}
