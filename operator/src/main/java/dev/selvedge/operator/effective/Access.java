// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.effective;

import dev.selvedge.operator.identity.ShortMemory;
import dev.selvedge.operator.identity.TokenHash;
import io.fabric8.kubernetes.api.model.authentication.TokenReviewBuilder;
import io.fabric8.kubernetes.api.model.authentication.TokenReviewStatus;
import io.fabric8.kubernetes.api.model.authentication.UserInfo;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReviewBuilder;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReviewStatus;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Who asks, and what they may see, as the API server says. Its answers are remembered for a moment, as it does itself; no
 * answer of it means that nothing is shown.
 */
public final class Access {
    private static final Duration REMEMBER = Duration.ofSeconds(10);
    private static final int REMEMBERED_TOKENS = 1_000;
    private static final int REMEMBERED_RIGHTS = 10_000;

    /** Service account tokens of Kubernetes are one to two kilobytes. */
    private static final int MAX_TOKEN = 8 << 10;

    /** To get objects of a kind in a namespace. */
    record Right(String group, String resource, String namespace) {
        /** As RBAC and kubectl name it. */
        String resourceAndGroup() {
            return resource + "." + group;
        }
    }

    /** Asks the API server; throws when it gives no answer. */
    public interface Reviews {
        @Nullable
        TokenReviewStatus token(String token);

        @Nullable
        SubjectAccessReviewStatus access(UserInfo user, Right right);

        /** A token for the API server itself is one that these reviews take: no audience is given. */
        static Reviews by(KubernetesClient client) {
            return new Reviews() {
                @Override
                public @Nullable TokenReviewStatus token(String token) {
                    return client.resource(new TokenReviewBuilder()
                                    .withNewSpec()
                                    .withToken(token)
                                    .endSpec()
                                    .build())
                            .create()
                            .getStatus();
                }

                @Override
                public @Nullable SubjectAccessReviewStatus access(UserInfo user, Right right) {
                    Map<String, List<String>> extra = user.getExtra() == null ? Map.of() : user.getExtra();
                    return client.resource(new SubjectAccessReviewBuilder()
                                    .withNewSpec()
                                    .withUser(user.getUsername())
                                    .withUid(user.getUid())
                                    .withGroups(user.getGroups())
                                    .withExtra(extra)
                                    .withNewResourceAttributes()
                                    .withVerb("get")
                                    .withGroup(right.group())
                                    .withResource(right.resource())
                                    .withNamespace(right.namespace())
                                    .endResourceAttributes()
                                    .endSpec()
                                    .build())
                            .create()
                            .getStatus();
                }
            };
        }
    }

    private record Question(UserInfo user, Right right) {}

    private final Reviews reviews;
    private final ShortMemory<TokenHash, Optional<UserInfo>> users;
    private final ShortMemory<Question, Boolean> rights;

    /** @param steady is never set */
    public Access(Reviews reviews, Clock steady) {
        this.reviews = reviews;
        this.users = new ShortMemory<>(REMEMBERED_TOKENS, REMEMBER, steady);
        this.rights = new ShortMemory<>(REMEMBERED_RIGHTS, REMEMBER, steady);
    }

    /** Whose token this is; empty when the API server does not know it. Blocks; throws when it gives no answer. */
    Optional<UserInfo> user(String token) {
        if (token.isEmpty() || token.length() > MAX_TOKEN) {
            return Optional.empty();
        }
        var hash = TokenHash.of(token);
        return users.get(hash).orElseGet(() -> {
            var user = user(reviews.token(token));
            users.put(hash, user);
            return user;
        });
    }

    private static Optional<UserInfo> user(@Nullable TokenReviewStatus status) {
        return Optional.ofNullable(status)
                .filter(it -> Boolean.TRUE.equals(it.getAuthenticated()))
                .map(TokenReviewStatus::getUser)
                .filter(user ->
                        user.getUsername() != null && !user.getUsername().isEmpty());
    }

    /** Blocks; throws when the API server gives no answer. */
    boolean may(UserInfo user, Right right) {
        var question = new Question(user, right);
        return rights.get(question).orElseGet(() -> {
            var status = reviews.access(user, right);
            boolean allowed = status != null
                    && Boolean.TRUE.equals(status.getAllowed())
                    && !Boolean.TRUE.equals(status.getDenied());
            rights.put(question, allowed);
            return allowed;
        });
    }
}
