// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.ingest;

import static java.util.Objects.requireNonNull;

import dev.selvedge.api.v1alpha1.HeaderModifier;
import dev.selvedge.api.v1alpha1.PathModifier;
import dev.selvedge.api.v1alpha1.RequestMirror;
import dev.selvedge.api.v1alpha1.RequestRedirect;
import dev.selvedge.api.v1alpha1.TrafficPolicySpec;
import dev.selvedge.compiler.snapshot.RouteActions;
import dev.selvedge.compiler.snapshot.RouteActions.Answer;
import dev.selvedge.compiler.snapshot.RouteActions.Header;
import dev.selvedge.compiler.snapshot.RouteActions.HeaderChanges;
import dev.selvedge.compiler.snapshot.RouteActions.PathChange;
import dev.selvedge.compiler.snapshot.RouteActions.Share;
import dev.selvedge.compiler.snapshot.TrafficPolicy;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a route of a TrafficPolicy does. Pure. */
final class PolicyActions {
    private PolicyActions() {}

    static RouteActions of(TrafficPolicySpec.Route route) {
        return new RouteActions(
                Optional.<Answer>ofNullable(redirect(route.requestRedirect()))
                        .or(() -> Optional.ofNullable(route.directResponse())
                                .map(direct -> new Answer.Direct(
                                        direct.statusCode(),
                                        Optional.ofNullable(direct.body()).orElse("")))),
                Optional.ofNullable(route.urlRewrite())
                        .map(rewrite -> new RouteActions.Rewrite(
                                Optional.ofNullable(rewrite.hostname()), path(rewrite.path()))),
                changes(route.requestHeaderModifier()),
                changes(route.responseHeaderModifier()),
                Optional.ofNullable(route.cors())
                        .map(cors -> new RouteActions.Cors(
                                cors.allowOrigins().stream()
                                        .map(RouteFilters::origin)
                                        .toList(),
                                cors.allowCredentials(),
                                cors.allowMethods(),
                                cors.allowHeaders(),
                                cors.exposeHeaders(),
                                Optional.of(Duration.ofSeconds(cors.maxAge())))));
    }

    static TrafficPolicy.Mirror mirror(RequestMirror mirror) {
        var fraction = mirror.fraction();
        return new TrafficPolicy.Mirror(
                Optional.ofNullable(mirror.subset()),
                fraction == null
                        ? Share.percent(mirror.percent())
                        : Share.fraction(fraction.numerator(), fraction.denominator()));
    }

    private static @Nullable Answer redirect(@Nullable RequestRedirect redirect) {
        if (redirect == null) {
            return null;
        }
        return new Answer.Redirect(
                Optional.ofNullable(redirect.scheme()).map(scheme -> switch (scheme) {
                    case HTTP -> "http";
                    case HTTPS -> "https";
                }),
                Optional.ofNullable(redirect.hostname()),
                Optional.ofNullable(redirect.port()),
                path(redirect.path()),
                redirect.statusCode());
    }

    private static Optional<PathChange> path(@Nullable PathModifier path) {
        return Optional.ofNullable(path).map(it -> switch (it.type()) {
            case REPLACE_FULL_PATH -> new PathChange.Full(requireNonNull(it.replaceFullPath()));
            case REPLACE_PREFIX_MATCH -> new PathChange.Prefix(requireNonNull(it.replacePrefixMatch()));
            case REPLACE_REGEX_MATCH -> {
                var regex = requireNonNull(it.replaceRegexMatch());
                yield new PathChange.Regex(regex.pattern(), regex.substitution());
            }
        });
    }

    private static HeaderChanges changes(@Nullable HeaderModifier modifier) {
        return modifier == null
                ? HeaderChanges.NONE
                : new HeaderChanges(headers(modifier.set()), headers(modifier.add()), modifier.remove());
    }

    private static List<Header> headers(List<HeaderModifier.Header> headers) {
        return headers.stream()
                .map(header -> new Header(header.name(), header.value()))
                .toList();
    }
}
