// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy;

import static dev.selvedge.compiler.Fixtures.trafficPolicy;
import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.diagnostic.FieldError;
import dev.selvedge.compiler.snapshot.RouteActions;
import dev.selvedge.compiler.snapshot.RouteActions.Answer;
import dev.selvedge.compiler.snapshot.RouteActions.Header;
import dev.selvedge.compiler.snapshot.RouteActions.HeaderChanges;
import dev.selvedge.compiler.snapshot.RouteActions.PathChange;
import dev.selvedge.compiler.snapshot.RouteActions.Rewrite;
import dev.selvedge.compiler.snapshot.StringMatch;
import dev.selvedge.compiler.snapshot.TrafficPolicy;
import dev.selvedge.compiler.snapshot.TrafficPolicy.Match;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class ActionRulesTest {
    private static final Match PREFIX = path(new StringMatch.Prefix("/a"));
    private static final Match EXACT = path(new StringMatch.Exact("/a"));

    @Test
    void what_is_right_passes() {
        assertThat(check(headers(new Header("x-a", "100% ü")), PREFIX)).isEmpty();
        assertThat(check(rewrite(new PathChange.Prefix("/b")), PREFIX)).isEmpty();
        assertThat(check(rewrite(new PathChange.Prefix("")))).isEmpty();
        assertThat(check(rewrite(new PathChange.Regex("^/(a)/(b)", "/\\2\\\\\\1")), EXACT))
                .isEmpty();
    }

    @Test
    void headers_that_nobody_may_change_are_named() {
        for (var name : List.of("Host", ":path", "x-envoy-retry-on", "x-selvedge-destination", "a b", "")) {
            assertThat(check(headers(new Header(name, "v"))))
                    .as(name)
                    .extracting(FieldError::field)
                    .containsExactly("spec.routes[0].requestHeaderModifier.set[0].name");
        }
        assertThat(check(headers(new Header("x-a", "two\nlines"))))
                .extracting(FieldError::field)
                .containsExactly("spec.routes[0].requestHeaderModifier.set[0].value");
    }

    @Test
    void a_prefix_is_replaced_only_where_one_was_matched() {
        assertThat(check(rewrite(new PathChange.Prefix("/b")), PREFIX, EXACT))
                .extracting(FieldError::field)
                .containsExactly("spec.routes[0].urlRewrite.path.replacePrefixMatch");
        var redirect = new Answer.Redirect(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(new PathChange.Full("no-slash")),
                302);
        assertThat(check(actions(Optional.<Answer>of(redirect), Optional.empty(), HeaderChanges.NONE)))
                .extracting(FieldError::field)
                .containsExactly("spec.routes[0].requestRedirect.path.replaceFullPath");
    }

    @Test
    void a_substitution_refers_to_groups_of_its_pattern() {
        for (var substitution : List.of("/\\2", "/\\x", "/\\")) {
            assertThat(check(rewrite(new PathChange.Regex("^/(a)", substitution))))
                    .as(substitution)
                    .extracting(FieldError::field)
                    .containsExactly("spec.routes[0].urlRewrite.path.replaceRegexMatch.substitution");
        }
        assertThat(check(rewrite(new PathChange.Regex("(", "/"))))
                .extracting(FieldError::field)
                .containsExactly("spec.routes[0].urlRewrite.path.replaceRegexMatch.pattern");
    }

    private static List<FieldError> check(RouteActions actions, Match... matches) {
        return Validation.check(trafficPolicy("p", "reviews")
                .routes(new TrafficPolicy.Route(
                        "r",
                        List.of(),
                        List.of(matches),
                        List.of(),
                        Optional.empty(),
                        Optional.empty(),
                        actions,
                        List.of()))
                .build());
    }

    private static RouteActions headers(Header header) {
        return actions(Optional.empty(), Optional.empty(), new HeaderChanges(List.of(header), List.of(), List.of()));
    }

    private static RouteActions rewrite(PathChange change) {
        return actions(
                Optional.empty(), Optional.of(new Rewrite(Optional.empty(), Optional.of(change))), HeaderChanges.NONE);
    }

    private static RouteActions actions(
            Optional<Answer> answer, Optional<Rewrite> rewrite, HeaderChanges requestHeaders) {
        return new RouteActions(answer, rewrite, requestHeaders, HeaderChanges.NONE, Optional.empty());
    }

    private static Match path(StringMatch path) {
        return new Match(Optional.of(path), Optional.empty(), List.of(), List.of());
    }
}
