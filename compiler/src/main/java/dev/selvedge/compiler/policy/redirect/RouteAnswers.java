// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy.redirect;

import dev.selvedge.compiler.policy.PathChanges;
import dev.selvedge.compiler.snapshot.RouteActions.Answer;
import dev.selvedge.compiler.snapshot.TrafficPolicy;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.route.v3.DirectResponseAction;
import io.envoyproxy.envoy.config.route.v3.RedirectAction;
import io.envoyproxy.envoy.config.route.v3.RedirectAction.RedirectResponseCode;
import io.envoyproxy.envoy.config.route.v3.Route;

/** Answers that a route gives itself: redirects and fixed responses. */
public final class RouteAnswers {
    private static final int HTTP = 80;
    private static final int HTTPS = 443;

    private RouteAnswers() {}

    /** @param match the alternative of the route that this answer is for */
    public static void apply(Answer answer, TrafficPolicy.Match match, Route.Builder route) {
        switch (answer) {
            case Answer.Redirect redirect -> route.setRedirect(redirect(redirect, match));
            case Answer.Direct(var status, var body) -> route.setDirectResponse(direct(status, body));
        }
    }

    /** A fixed answer. */
    public static DirectResponseAction direct(int status, String body) {
        var response = DirectResponseAction.newBuilder().setStatus(status);
        if (!body.isEmpty()) {
            response.setBody(DataSource.newBuilder().setInlineString(body));
        }
        return response.build();
    }

    /** A new scheme means its own port (Gateway API); with the client's host Envoy would keep the port named there. */
    private static RedirectAction redirect(Answer.Redirect redirect, TrafficPolicy.Match match) {
        var action = RedirectAction.newBuilder().setResponseCode(code(redirect.status()));
        redirect.scheme().ifPresent(action::setSchemeRedirect);
        redirect.hostname().ifPresent(action::setHostRedirect);
        redirect.port()
                .or(() -> redirect.scheme()
                        .filter(_ -> redirect.hostname().isEmpty())
                        .map(scheme -> scheme.equals("https") ? HTTPS : HTTP))
                .ifPresent(action::setPortRedirect);
        redirect.path().flatMap(path -> PathChanges.of(path, match)).ifPresent(change -> {
            switch (change) {
                case PathChanges.PrefixRewrite(var replacement) -> action.setPrefixRewrite(replacement);
                case PathChanges.RegexRewrite(var regex) -> action.setRegexRewrite(regex);
            }
        });
        return action.build();
    }

    private static RedirectResponseCode code(int status) {
        return switch (status) {
            case 301 -> RedirectResponseCode.MOVED_PERMANENTLY;
            case 303 -> RedirectResponseCode.SEE_OTHER;
            case 307 -> RedirectResponseCode.TEMPORARY_REDIRECT;
            case 308 -> RedirectResponseCode.PERMANENT_REDIRECT;
            default -> RedirectResponseCode.FOUND;
        };
    }
}
