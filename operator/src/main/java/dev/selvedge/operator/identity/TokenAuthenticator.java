// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.identity;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.operator.identity.Caller.Binding;
import dev.selvedge.operator.identity.Refusal.Reason;
import io.fabric8.kubernetes.api.model.authentication.TokenReviewStatus;
import io.fabric8.kubernetes.api.model.authentication.UserInfo;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Finds out who presents a token, by asking the API server. Answers are remembered for a short time under a hash of the
 * token, so that a herd of reconnecting proxies costs one review each; tokens are neither kept nor logged.
 */
public final class TokenAuthenticator {
    private static final String USER_PREFIX = "system:serviceaccount:";
    private static final String POD_NAME = "authentication.kubernetes.io/pod-name";
    private static final String POD_UID = "authentication.kubernetes.io/pod-uid";
    /** Service account tokens of Kubernetes are one to two kilobytes. */
    private static final int MAX_TOKEN = 16 * 1024;

    /** A token that nobody has. */
    private static final String NOBODY = "nobody";

    private static final int CONCURRENT_REVIEWS = 16;

    /** Of callers whose addresses share a lane: who tries a thousand made-up tokens waits for himself. */
    private static final int CONCURRENT_IN_LANE = 8;

    private static final int LANES = 256;
    private static final int REMEMBERED = 10_000;
    private static final Duration REMEMBER = Duration.ofSeconds(30);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final TokenReviews reviews;
    private final Clock clock;
    private final Semaphore concurrent = new Semaphore(CONCURRENT_REVIEWS, true);
    private final List<Semaphore> lanes = Stream.generate(() -> new Semaphore(CONCURRENT_IN_LANE, true))
            .limit(LANES)
            .toList();
    /** Empty for a token that is no good. */
    private final ShortMemory<TokenHash, Optional<Caller>> answers;

    /**
     * @param reviews asks the API server
     * @param clock tells whether a token has expired
     * @param steady is never set: an answer is not believed for longer because the clock was put back
     */
    public TokenAuthenticator(TokenReviews reviews, Clock clock, Clock steady) {
        this.reviews = reviews;
        this.clock = clock;
        this.answers = new ShortMemory<>(REMEMBERED, REMEMBER, steady);
    }

    /**
     * Who presents this token. Blocks while the API server is asked.
     *
     * @param address that the caller comes from; callers of one address wait for each other first
     */
    public Caller authenticate(String token, String address) throws Refusal {
        if (token.isEmpty() || token.length() > MAX_TOKEN) {
            throw new Refusal(Reason.INVALID_TOKEN, "the token has an impossible length");
        }
        var hash = TokenHash.of(token);
        var caller = answers.get(hash).orElse(null);
        if (caller == null) {
            caller = askInTurn(token, lanes.get(Math.floorMod(address.hashCode(), LANES)));
            answers.put(hash, caller);
        }
        return caller.filter(found -> found.expiresAt().isAfter(clock.instant()))
                .orElseThrow(() -> new Refusal(
                        Reason.INVALID_TOKEN,
                        "the token is expired, unknown to the API server or not for audience "
                                + TokenReviews.AUDIENCE));
    }

    /** Whether the API server reviews tokens at the moment. Blocks while it is asked. */
    public boolean answers() {
        try {
            reviews.review(NOBODY);
            return true;
        } catch (RuntimeException _) {
            return false;
        }
    }

    private Optional<Caller> askInTurn(String token, Semaphore lane) throws Refusal {
        lane.acquireUninterruptibly();
        try {
            return ask(token);
        } finally {
            lane.release();
        }
    }

    private Optional<Caller> ask(String token) throws Refusal {
        concurrent.acquireUninterruptibly();
        try {
            return caller(reviews.review(token), token);
        } catch (RuntimeException e) {
            // Only the kind of failure: a client's message may quote the request.
            throw new Refusal(
                    Reason.REVIEW_FAILED,
                    "the API server did not review the token (" + e.getClass().getSimpleName() + ")");
        } finally {
            concurrent.release();
        }
    }

    private Optional<Caller> caller(@Nullable TokenReviewStatus status, String token) {
        if (status == null
                || !Boolean.TRUE.equals(status.getAuthenticated())
                || status.getAudiences() == null
                || !status.getAudiences().contains(TokenReviews.AUDIENCE)
                || status.getUser() == null) {
            return Optional.empty();
        }
        return serviceAccount(status.getUser()).map(account -> {
            var times = times(token);
            return new Caller(account, binding(status.getUser()), times.getFirst(), times.getLast());
        });
    }

    private static Optional<ObjectName> serviceAccount(UserInfo user) {
        var name = user.getUsername();
        if (name == null || !name.startsWith(USER_PREFIX)) {
            return Optional.empty();
        }
        var parts = name.substring(USER_PREFIX.length()).split(":", -1);
        return parts.length == 2 ? Optional.of(new ObjectName(parts[0], parts[1])) : Optional.empty();
    }

    private static Binding binding(UserInfo user) {
        Map<String, List<String>> extra = user.getExtra() == null ? Map.of() : user.getExtra();
        var pod = extra.getOrDefault(POD_NAME, List.of());
        var uid = extra.getOrDefault(POD_UID, List.of());
        return pod.size() == 1 && uid.size() == 1 ? new Binding(pod.getFirst(), uid.getFirst()) : Binding.NONE;
    }

    /** Issue and end of a token that the API server has just vouched for; a token that does not say ends now. */
    private List<Instant> times(String token) {
        var now = clock.instant();
        try {
            var claims = JSON.readTree(Base64.getUrlDecoder().decode(token.split("\\.", -1)[1]));
            var end = Instant.ofEpochSecond(claims.path("exp").asLong(now.getEpochSecond()));
            return List.of(Instant.ofEpochSecond(claims.path("iat").asLong(now.getEpochSecond())), end);
        } catch (IOException | IllegalArgumentException | IndexOutOfBoundsException _) {
            return List.of(now, now);
        }
    }
}
