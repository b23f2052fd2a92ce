// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.operator.identity.Refusal.Reason;
import io.fabric8.kubernetes.api.model.authentication.TokenReviewStatus;
import io.fabric8.kubernetes.api.model.authentication.TokenReviewStatusBuilder;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

final class TokenAuthenticatorTest {
    private static final String ADDRESS = "10.0.0.1";
    private static final Instant START = Instant.parse("2030-01-01T00:00:00Z");
    private static final String TOKEN = jwt(START.plusSeconds(3600));

    private final List<String> asked = new ArrayList<>();
    private TokenReviewStatus answer = answer("system:serviceaccount:shop:buyer", "selvedge");
    private Instant now = START;
    private Duration set = Duration.ZERO;
    private final InstantSource time = () -> now.plus(set);
    private final InstantSource steady = () -> now;
    private final TokenAuthenticator authenticator =
            new TokenAuthenticator(this::review, time.withZone(ZoneOffset.UTC), steady.withZone(ZoneOffset.UTC));

    private TokenReviewStatus review(String token) {
        asked.add(token);
        return answer;
    }

    private static String jwt(Instant expires) {
        var claims = "{\"iat\":%d,\"exp\":%d}".formatted(START.getEpochSecond(), expires.getEpochSecond());
        return "e30." + Base64.getUrlEncoder().encodeToString(claims.getBytes(StandardCharsets.UTF_8)) + ".x";
    }

    private static TokenReviewStatus answer(String user, String audience) {
        return new TokenReviewStatusBuilder()
                .withAuthenticated(true)
                .withAudiences(audience)
                .withNewUser()
                .withUsername(user)
                .addToExtra("authentication.kubernetes.io/pod-name", List.of("client"))
                .addToExtra("authentication.kubernetes.io/pod-uid", List.of("uid"))
                .endUser()
                .build();
    }

    @Test
    void a_token_tells_the_service_account_the_pod_and_its_end() throws Refusal {
        assertThat(authenticator.authenticate(TOKEN, ADDRESS))
                .isEqualTo(new Caller(
                        new ObjectName("shop", "buyer"),
                        new Caller.Binding("client", "uid"),
                        START,
                        START.plusSeconds(3600)));
    }

    @Test
    void an_answer_is_remembered_for_a_short_time() throws Refusal {
        authenticator.authenticate(TOKEN, ADDRESS);
        authenticator.authenticate(TOKEN, ADDRESS);
        assertThat(asked).hasSize(1);
        now = now.plus(Duration.ofSeconds(31));
        authenticator.authenticate(TOKEN, ADDRESS);
        assertThat(asked).hasSize(2);
    }

    @Test
    void an_answer_is_not_remembered_for_longer_when_the_clock_is_put_back() throws Refusal {
        authenticator.authenticate(TOKEN, ADDRESS);
        set = Duration.ofHours(-1);
        now = now.plus(Duration.ofSeconds(31));
        authenticator.authenticate(TOKEN, ADDRESS);
        assertThat(asked).hasSize(2);
    }

    @Test
    void a_remembered_token_ends_in_time_all_the_same() throws Refusal {
        var brief = jwt(START.plusSeconds(5));
        authenticator.authenticate(brief, ADDRESS);
        now = now.plusSeconds(5);
        refused(brief, Reason.INVALID_TOKEN);
    }

    @Test
    void a_token_for_another_audience_is_refused() {
        answer = answer("system:serviceaccount:shop:buyer", "https://kubernetes.default.svc");
        refused(TOKEN, Reason.INVALID_TOKEN);
    }

    @Test
    void a_person_is_no_service_account() {
        answer = answer("kubernetes-admin", "selvedge");
        refused(TOKEN, Reason.INVALID_TOKEN);
    }

    @Test
    void an_unauthenticated_answer_counts_whatever_else_it_says() {
        answer.setAuthenticated(false);
        refused(TOKEN, Reason.INVALID_TOKEN);
    }

    @Test
    void a_token_that_does_not_say_when_it_ends_is_refused() {
        refused("opaque", Reason.INVALID_TOKEN);
    }

    @Test
    void an_enormous_token_is_not_even_reviewed() {
        refused("x".repeat(20_000), Reason.INVALID_TOKEN);
        assertThat(asked).isEmpty();
    }

    @Test
    void a_failed_review_is_no_verdict_is_not_remembered_and_does_not_quote_the_token() throws Refusal {
        var broken = new TokenAuthenticator(
                token -> {
                    throw new IllegalStateException("POST failed: " + token);
                },
                Clock.fixed(START, ZoneOffset.UTC),
                Clock.fixed(START, ZoneOffset.UTC));
        assertThatThrownBy(() -> broken.authenticate(TOKEN, ADDRESS))
                .hasMessageNotContaining(TOKEN)
                .hasNoCause()
                .asInstanceOf(type(Refusal.class))
                .extracting(Refusal::reason)
                .isEqualTo(Reason.REVIEW_FAILED);
    }

    @Test
    void who_tries_many_tokens_waits_for_himself() throws Exception {
        var asking = new CountDownLatch(1);
        var patient = new TokenAuthenticator(
                token -> {
                    if (!token.equals(TOKEN)) {
                        awaitUninterruptibly(asking);
                    }
                    return answer;
                },
                Clock.fixed(START, ZoneOffset.UTC),
                Clock.fixed(START, ZoneOffset.UTC));
        try (var callers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 100; i++) {
                var token = "bad" + i;
                var _ = callers.submit(() -> patient.authenticate(token, "10.0.0.66"));
            }
            var other = callers.submit(() -> patient.authenticate(TOKEN, ADDRESS));
            try {
                assertThat(other).succeedsWithin(Duration.ofSeconds(20));
            } finally {
                asking.countDown();
            }
        }
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void refused(String token, Reason reason) {
        assertThatThrownBy(() -> authenticator.authenticate(token, ADDRESS))
                .asInstanceOf(type(Refusal.class))
                .extracting(Refusal::reason)
                .isEqualTo(reason);
    }
}
