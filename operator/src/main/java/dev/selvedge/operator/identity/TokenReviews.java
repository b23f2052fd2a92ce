// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.identity;

import io.fabric8.kubernetes.api.model.authentication.TokenReview;
import io.fabric8.kubernetes.api.model.authentication.TokenReviewBuilder;
import io.fabric8.kubernetes.api.model.authentication.TokenReviewStatus;
import io.fabric8.kubernetes.client.KubernetesClient;

/** Asks the API server about a token. */
@FunctionalInterface
public interface TokenReviews {
    /** The audience that a token for us must have been issued for. */
    String AUDIENCE = "selvedge";

    /** Reviews a token for our audience; throws when the API server gives no answer. */
    TokenReviewStatus review(String token);

    /** Reviews by the API server. */
    static TokenReviews by(KubernetesClient client) {
        return token -> client.resource(question(token)).create().getStatus();
    }

    private static TokenReview question(String token) {
        return new TokenReviewBuilder()
                .withNewSpec()
                .withToken(token)
                .withAudiences(AUDIENCE)
                .endSpec()
                .build();
    }
}
