// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.ingest;

import static dev.selvedge.reconciler.ingest.Ingest.list;
import static java.util.Objects.requireNonNullElse;

import dev.selvedge.compiler.snapshot.HttpRoute;
import dev.selvedge.compiler.snapshot.RouteActions;
import dev.selvedge.compiler.snapshot.RouteActions.Answer;
import dev.selvedge.compiler.snapshot.RouteActions.Cors;
import dev.selvedge.compiler.snapshot.RouteActions.Header;
import dev.selvedge.compiler.snapshot.RouteActions.HeaderChanges;
import dev.selvedge.compiler.snapshot.RouteActions.PathChange;
import dev.selvedge.compiler.snapshot.RouteActions.Rewrite;
import dev.selvedge.compiler.snapshot.RouteActions.Share;
import dev.selvedge.compiler.snapshot.StringMatch;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GRPCRouteFilter;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPCORSFilter;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPHeader;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPHeaderFilter;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPPathModifier;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRequestMirrorFilter;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRequestRedirectFilter;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteFilter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the filters of a rule or of a backend do together. Pure.
 *
 * @param unsupported those that this version cannot honour
 */
record RouteFilters(RouteActions actions, List<HttpRoute.Mirror> mirrors, List<String> unsupported) {
    private static final int FOUND = 302;

    RouteFilters {
        mirrors = List.copyOf(mirrors);
        unsupported = List.copyOf(unsupported);
    }

    static RouteFilters ofHttp(String field, List<HTTPRouteFilter> filters, String namespace) {
        var result = new Collected(namespace);
        for (int i = 0; i < filters.size(); i++) {
            var filter = filters.get(i);
            var redirect = filter.getRequestRedirect();
            var rewrite = filter.getUrlRewrite();
            var cors = filter.getCors();
            var type = requireNonNullElse(filter.getType(), "");
            if (result.take(
                    type,
                    filter.getRequestHeaderModifier(),
                    filter.getResponseHeaderModifier(),
                    filter.getRequestMirror())) {
                continue;
            }
            if (type.equals("RequestRedirect") && redirect != null) {
                result.answer = redirect(redirect);
            } else if (type.equals("URLRewrite") && rewrite != null) {
                result.rewrite = new Rewrite(RouteIngest.given(rewrite.getHostname()), path(rewrite.getPath()));
            } else if (type.equals("CORS") && cors != null) {
                result.cors = cors(cors);
            } else {
                result.unsupported.add(field + "[" + i + "] (" + type + ")");
            }
        }
        return result.all();
    }

    static RouteFilters ofGrpc(String field, List<GRPCRouteFilter> filters, String namespace) {
        var result = new Collected(namespace);
        for (int i = 0; i < filters.size(); i++) {
            var filter = filters.get(i);
            var type = requireNonNullElse(filter.getType(), "");
            if (!result.take(
                    type,
                    filter.getRequestHeaderModifier(),
                    filter.getResponseHeaderModifier(),
                    filter.getRequestMirror())) {
                result.unsupported.add(field + "[" + i + "] (" + type + ")");
            }
        }
        return result.all();
    }

    /** For one backend headers can be changed, and nothing else. */
    List<String> unsupportedAtBackend(String field) {
        var all = new ArrayList<>(unsupported);
        if (!mirrors.isEmpty()) {
            all.add(field + " (RequestMirror)");
        }
        if (!actions.equals(new RouteActions(
                Optional.empty(),
                Optional.empty(),
                actions.requestHeaders(),
                actions.responseHeaders(),
                Optional.empty()))) {
            all.add(field + " (RequestRedirect, URLRewrite or CORS)");
        }
        return all;
    }

    private static final class Collected {
        private final String namespace;
        private final List<HttpRoute.Mirror> mirrors = new ArrayList<>();
        private final List<String> unsupported = new ArrayList<>();
        private @Nullable Answer answer;
        private @Nullable Rewrite rewrite;
        private HeaderChanges request = HeaderChanges.NONE;
        private HeaderChanges response = HeaderChanges.NONE;
        private @Nullable Cors cors;

        Collected(String namespace) {
            this.namespace = namespace;
        }

        /** Takes a filter that both kinds of route have; false when it is none of those. */
        boolean take(
                String type,
                @Nullable HTTPHeaderFilter requestHeaders,
                @Nullable HTTPHeaderFilter responseHeaders,
                @Nullable HTTPRequestMirrorFilter mirror) {
            if (type.equals("RequestHeaderModifier") && requestHeaders != null) {
                request = changes(requestHeaders);
            } else if (type.equals("ResponseHeaderModifier") && responseHeaders != null) {
                response = changes(responseHeaders);
            } else if (type.equals("RequestMirror") && mirror != null) {
                mirror(mirror);
            } else {
                return false;
            }
            return true;
        }

        void mirror(HTTPRequestMirrorFilter filter) {
            var to = filter.getBackendRef();
            mirrors.add(new HttpRoute.Mirror(
                    new HttpRoute.Backend(
                            RouteIngest.kind(to.getGroup(), to.getKind()),
                            RouteIngest.name(to.getNamespace(), namespace, to.getName()),
                            Optional.ofNullable(to.getPort()),
                            1),
                    share(filter)));
        }

        private static Share share(HTTPRequestMirrorFilter filter) {
            var fraction = filter.getFraction();
            if (fraction != null) {
                return Share.fraction(fraction.getNumerator(), requireNonNullElse(fraction.getDenominator(), 100));
            }
            return filter.getPercent() == null ? Share.ALL : Share.percent(filter.getPercent());
        }

        RouteFilters all() {
            return new RouteFilters(
                    new RouteActions(
                            Optional.ofNullable(answer),
                            Optional.ofNullable(rewrite),
                            request,
                            response,
                            Optional.ofNullable(cors)),
                    mirrors,
                    unsupported);
        }
    }

    private static Answer redirect(HTTPRequestRedirectFilter redirect) {
        return new Answer.Redirect(
                RouteIngest.given(redirect.getScheme()),
                RouteIngest.given(redirect.getHostname()),
                Optional.ofNullable(redirect.getPort()),
                path(redirect.getPath()),
                requireNonNullElse(redirect.getStatusCode(), FOUND));
    }

    private static Optional<PathChange> path(@Nullable HTTPPathModifier path) {
        if (path == null) {
            return Optional.empty();
        }
        return Optional.of(
                "ReplaceFullPath".equals(path.getType())
                        ? new PathChange.Full(requireNonNullElse(path.getReplaceFullPath(), "/"))
                        : new PathChange.Prefix(requireNonNullElse(path.getReplacePrefixMatch(), "")));
    }

    private static HeaderChanges changes(HTTPHeaderFilter filter) {
        return new HeaderChanges(headers(filter.getSet()), headers(filter.getAdd()), list(filter.getRemove()));
    }

    private static List<Header> headers(@Nullable List<HTTPHeader> headers) {
        return list(headers).stream()
                .map(header -> new Header(header.getName(), header.getValue()))
                .toList();
    }

    private static Cors cors(HTTPCORSFilter cors) {
        return new Cors(
                list(cors.getAllowOrigins()).stream().map(RouteFilters::origin).toList(),
                requireNonNullElse(cors.getAllowCredentials(), false),
                list(cors.getAllowMethods()),
                list(cors.getAllowHeaders()),
                list(cors.getExposeHeaders()),
                Optional.ofNullable(cors.getMaxAge()).map(Duration::ofSeconds));
    }

    /** {@code *} stands for every origin, and in a host name for everything before its suffix. */
    static StringMatch origin(String origin) {
        if (origin.equals("*")) {
            return new StringMatch.Present();
        }
        return origin.contains("*")
                ? new StringMatch.Regex(String.join(
                        ".*",
                        List.of(origin.split("\\*", -1)).stream()
                                .map(PathTemplate::literal)
                                .toList()))
                : new StringMatch.Exact(origin);
    }
}
