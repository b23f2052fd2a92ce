// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.envoy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.envoy.ClientServices.Members;
import dev.selvedge.compiler.model.ServiceView.Backend;
import dev.selvedge.compiler.model.ServiceView.ClusterName;
import dev.selvedge.compiler.model.ServiceView.Headers;
import dev.selvedge.compiler.model.ServiceView.Mirror;
import dev.selvedge.compiler.model.ServiceView.Route;
import dev.selvedge.compiler.resource.ResourceName;
import dev.selvedge.compiler.snapshot.RouteActions;
import dev.selvedge.compiler.snapshot.RouteActions.Answer;
import dev.selvedge.compiler.snapshot.RouteActions.Cors;
import dev.selvedge.compiler.snapshot.RouteActions.Header;
import dev.selvedge.compiler.snapshot.RouteActions.HeaderChanges;
import dev.selvedge.compiler.snapshot.RouteActions.PathChange;
import dev.selvedge.compiler.snapshot.RouteActions.Rewrite;
import dev.selvedge.compiler.snapshot.RouteActions.Share;
import dev.selvedge.compiler.snapshot.StringMatch;
import dev.selvedge.compiler.snapshot.TrafficPolicy.Match;
import dev.selvedge.compiler.translate.Translate;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the client's proxy does with a request on its way, and what it answers itself. */
@Tag("envoy")
final class RouteActionsTest {
    private static final int PORT = FreePorts.any();
    private static final ClusterName PLAIN = ClientServices.cluster("reviews", PORT, "plain");
    private static final ClusterName COPY = ClientServices.cluster("reviews", PORT, "copy");
    private static final int CALLS = 400;

    private static final List<Route> ROUTES = new ArrayList<>();

    private static AdsServer ads;
    private static Application plain;
    private static Application copy;
    private static TestProxy client;

    @BeforeAll
    static void start(@TempDir Path folder) throws IOException {
        ads = new AdsServer();
        plain = new Application("plain");
        copy = new Application("copy");
        client = new TestProxy(ads, "client", folder).put(Translate.staticCluster(ResourceName.BLACKHOLE));
        redirects();
        rewrites();
        headers();
        others();
        new ClientServices(client)
                .http(
                        "reviews",
                        PORT,
                        List.copyOf(ROUTES),
                        Members.plaintext("plain", plain.port()),
                        Members.plaintext("copy", copy.port()));
        client.start();
    }

    @AfterAll
    static void stop() {
        client.close();
        copy.close();
        plain.close();
        ads.close();
    }

    private static void redirects() {
        add("/scheme", answer(redirect("https", null, null, null, 302)));
        add("/both", answer(redirect("https", "example.org", null, null, 302)));
        add("/host", answer(redirect(null, "example.org", null, null, 301)));
        add("/port", answer(redirect(null, null, 8083, null, 307)));
        add("/prefix", answer(redirect(null, null, null, new PathChange.Prefix("/new"), 303)));
        add("/whole", answer(redirect(null, null, null, new PathChange.Full("/one"), 308)));
        add("/closed", answer(new Answer.Direct(418, "closed until nine")));
    }

    private static void rewrites() {
        add("/api", rewrite(null, new PathChange.Prefix("/v2")));
        add("/gone", rewrite(null, new PathChange.Prefix("/")));
        add("/full", rewrite(null, new PathChange.Full("/a%41b")));
        add("/regex", rewrite(null, new PathChange.Regex("^/regex/([a-z]+)/([a-z]+)", "/\\2/\\1")));
        add("/named", rewrite("other.example", null));
    }

    private static void headers() {
        var changes = new HeaderChanges(
                List.of(new Header("x-set", "100% new")), List.of(new Header("x-add", "more")), List.of("x-remove"));
        var actions = new RouteActions(
                Optional.empty(),
                Optional.empty(),
                changes,
                new HeaderChanges(List.of(new Header("x-answer", "set")), List.of(), List.of("server")),
                Optional.empty());
        add("/headers", actions);
        var share =
                new Headers(new HeaderChanges(List.of(new Header("x-share", "one")), List.of(), List.of()), changes);
        ROUTES.add(route("/share", RouteActions.NONE, List.of(), new Backend.Endpoints(PLAIN, 1, share)));
    }

    private static void others() {
        add(
                "/pages",
                new RouteActions(
                        Optional.empty(),
                        Optional.empty(),
                        HeaderChanges.NONE,
                        HeaderChanges.NONE,
                        Optional.of(new Cors(
                                List.of(
                                        new StringMatch.Exact("https://shop.example"),
                                        new StringMatch.Regex("https://.*\\.partner\\.example")),
                                true,
                                List.of("GET", "PUT"),
                                List.of("x-user"),
                                List.of("x-total"),
                                Optional.of(Duration.ofSeconds(60))))));
        ROUTES.add(route(
                "/copied",
                RouteActions.NONE,
                List.of(new Mirror(COPY, Share.percent(25))),
                new Backend.Endpoints(PLAIN, 1)));
        ROUTES.add(new Route(
                "by-host",
                List.of(new Match(
                        Optional.empty(),
                        Optional.empty(),
                        List.of(),
                        List.of(),
                        Optional.of(new StringMatch.Exact("Service")),
                        Optional.empty())),
                List.of(new Backend.Endpoints(COPY, 1)),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                ClientServices.NO_RETRY,
                List.of(),
                false));
    }

    @Test
    void redirects_say_where_to_go() {
        assertThat(location("/scheme/x?q=1")).isEqualTo("302 https://service:443/scheme/x?q=1");
        assertThat(location("/both/x")).isEqualTo("302 https://example.org/both/x");
        assertThat(location("/host/x?q=1")).isEqualTo("301 http://example.org/host/x?q=1");
        assertThat(location("/port/x")).isEqualTo("307 http://service:8083/port/x");
        assertThat(location("/prefix/x?q=1")).isEqualTo("303 http://service/new/x?q=1");
        assertThat(location("/whole/x?q=1")).isEqualTo("308 http://service/one?q=1");
    }

    @Test
    void a_direct_response_reaches_no_server() {
        int before = plain.requests();
        var answer = Call.get(PORT, "/closed").plain();

        assertThat(answer.status()).isEqualTo(418);
        assertThat(answer.text()).contains("closed until nine");
        assertThat(plain.requests()).isEqualTo(before);
    }

    @Test
    void paths_and_hosts_are_rewritten_and_queries_stay() {
        assertThat(seen("/api/x?q=1")).isEqualTo("plain GET /v2/x?q=1");
        assertThat(seen("/api")).isEqualTo("plain GET /v2");
        assertThat(seen("/gone/x?q=1")).isEqualTo("plain GET /x?q=1");
        assertThat(seen("/gone")).isEqualTo("plain GET /");
        assertThat(seen("/gone/")).isEqualTo("plain GET /");
        assertThat(seen("/full/x?q=1")).isEqualTo("plain GET /a%41b?q=1");
        assertThat(seen("/regex/one/two/three")).isEqualTo("plain GET /two/one/three");
        assertThat(Call.get(PORT, "/named").plain().text()).contains("host: other.example");
    }

    @Test
    void headers_are_set_added_and_removed_on_both_ways() {
        var answer = Call.get(PORT, "/headers")
                .with("x-set", "old")
                .with("x-add", "some")
                .with("x-remove", "secret")
                .plain();

        assertThat(answer.text()).contains("x-set: 100% new\n", "x-add: some,more\n", "x-answer: set\r\n");
        assertThat(answer.text()).doesNotContain("x-remove", "the-application");
        var share = Call.get(PORT, "/share").plain();
        assertThat(share.text()).contains("x-share: one\n", "x-set: 100% new\r\n");
    }

    @Test
    void a_browser_is_told_what_pages_of_other_origins_may_do() {
        var allowed = preflight("https://shop.example");
        assertThat(allowed.status()).isEqualTo(200);
        assertThat(allowed.text())
                .contains(
                        "access-control-allow-origin: https://shop.example\r\n",
                        "access-control-allow-methods: GET,PUT\r\n",
                        "access-control-allow-headers: x-user\r\n",
                        "access-control-allow-credentials: true\r\n",
                        "access-control-max-age: 60\r\n");
        assertThat(preflight("https://a.partner.example").text())
                .contains("access-control-allow-origin: https://a.partner.example\r\n");
        assertThat(preflight("https://other.example").text()).doesNotContain("access-control-allow-origin");
        assertThat(Call.get(PORT, "/pages")
                        .with("origin", "https://shop.example")
                        .plain()
                        .text())
                .contains("access-control-expose-headers: x-total\r\n", "plain GET /pages");
    }

    @Test
    void a_share_of_the_requests_is_copied() {
        int plainBefore = plain.requests();
        int copiesBefore = copy.requests();

        for (int i = 0; i < CALLS; i++) {
            assertThat(Call.get(PORT, "/copied").plain().text()).contains("plain GET /copied");
        }

        assertThat(plain.requests() - plainBefore).isEqualTo(CALLS);
        // 400 draws of 0.25: mean 100, standard deviation 8.7; five of them to either side.
        Awaitility.await()
                .untilAsserted(() -> assertThat(copy.requests() - copiesBefore).isBetween(57, 143));
    }

    @Test
    void the_host_header_can_choose() {
        assertThat(seen("/else")).isEqualTo("copy GET /else");
    }

    private static Call.Answer preflight(String origin) {
        return Call.get(PORT, "/pages")
                .method("OPTIONS")
                .with("origin", origin)
                .with("access-control-request-method", "PUT")
                .plain();
    }

    private static String location(String path) {
        var answer = Call.get(PORT, path).plain();
        return answer.status() + " "
                + answer.text()
                        .lines()
                        .filter(line -> line.startsWith("location: "))
                        .findFirst()
                        .orElse("nowhere")
                        .substring("location: ".length());
    }

    /** The first line of what the application says that it was asked. */
    private static String seen(String path) {
        var text = Call.get(PORT, path).plain().text();
        return text.substring(text.indexOf("\r\n\r\n") + 4).lines().findFirst().orElse("");
    }

    private static void add(String prefix, RouteActions actions) {
        ROUTES.add(route(prefix, actions, List.of(), new Backend.Endpoints(PLAIN, 1)));
    }

    private static Route route(String prefix, RouteActions actions, List<Mirror> mirrors, Backend backend) {
        return new Route(
                prefix,
                List.of(new Match(Optional.of(new StringMatch.Prefix(prefix)), Optional.empty(), List.of(), List.of())),
                List.of(backend),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                ClientServices.NO_RETRY,
                List.of(),
                false,
                actions,
                mirrors);
    }

    private static RouteActions answer(Answer answer) {
        return new RouteActions(
                Optional.of(answer), Optional.empty(), HeaderChanges.NONE, HeaderChanges.NONE, Optional.empty());
    }

    private static RouteActions rewrite(@Nullable String hostname, @Nullable PathChange path) {
        return new RouteActions(
                Optional.empty(),
                Optional.of(new Rewrite(Optional.ofNullable(hostname), Optional.ofNullable(path))),
                HeaderChanges.NONE,
                HeaderChanges.NONE,
                Optional.empty());
    }

    private static Answer redirect(
            @Nullable String scheme,
            @Nullable String hostname,
            @Nullable Integer port,
            @Nullable PathChange path,
            int status) {
        return new Answer.Redirect(
                Optional.ofNullable(scheme),
                Optional.ofNullable(hostname),
                Optional.ofNullable(port),
                Optional.ofNullable(path),
                status);
    }
}
