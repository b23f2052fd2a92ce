// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.effective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.selvedge.compiler.IncrementalCompiler;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy;
import dev.selvedge.compiler.snapshot.Change;
import dev.selvedge.compiler.snapshot.EndpointSlice;
import dev.selvedge.compiler.snapshot.HttpRoute;
import dev.selvedge.compiler.snapshot.LabelSelector;
import dev.selvedge.compiler.snapshot.Mesh;
import dev.selvedge.compiler.snapshot.Meta;
import dev.selvedge.compiler.snapshot.Namespace;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.Pod;
import dev.selvedge.compiler.snapshot.Service;
import dev.selvedge.compiler.snapshot.SnapshotObject;
import dev.selvedge.compiler.snapshot.TrustDomains;
import dev.selvedge.operator.compile.CompileLoop;
import dev.selvedge.operator.effective.Access.Right;
import dev.selvedge.operator.webhook.Reading.Answer;
import io.fabric8.kubernetes.api.model.authentication.TokenReviewStatus;
import io.fabric8.kubernetes.api.model.authentication.TokenReviewStatusBuilder;
import io.fabric8.kubernetes.api.model.authentication.UserInfo;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReviewStatus;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReviewStatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is answered, and what is kept from whom. */
final class EffectiveEndpointTest {
    private static final String STORE = "/effective/namespaces/shop/services/store";
    private static final Optional<String> ANNE = Optional.of("Bearer anne's");
    private static final Map<String, String> MEMBER = Map.of("mesh", "yes");
    private static final Right POLICIES = right("selvedge.dev", "trafficpolicies", "shop");
    private static final Right RULES = right("selvedge.dev", "authorizationpolicies", "shop");
    private static final Right ROUTES = right("gateway.networking.k8s.io", "httproutes", "shop");
    private static final Right OTHER_ROUTES = right("gateway.networking.k8s.io", "httproutes", "bank");

    private Instant now = Instant.EPOCH;
    private final Set<Right> rights = new HashSet<>();
    private final List<Object> asked = new ArrayList<>();
    private boolean away;
    private boolean synced = true;
    private final CompileLoop loop =
            new CompileLoop(new IncrementalCompiler(), () -> synced, new SimpleMeterRegistry());
    private final EffectiveEndpoint endpoint = new EffectiveEndpoint(
            loop, new Access(new TestReviews(), ((InstantSource) () -> now).withZone(ZoneOffset.UTC)));

    /** Knows Anne. */
    private final class TestReviews implements Access.Reviews {
        @Override
        public TokenReviewStatus token(String token) {
            ask(token);
            return new TokenReviewStatusBuilder()
                    .withAuthenticated(token.equals("anne's"))
                    .withNewUser()
                    .withUsername("anne")
                    .endUser()
                    .build();
        }

        @Override
        public SubjectAccessReviewStatus access(UserInfo user, Right right) {
            ask(right);
            assertThat(user.getUsername()).isEqualTo("anne");
            return new SubjectAccessReviewStatusBuilder()
                    .withAllowed(rights.contains(right))
                    .build();
        }

        private void ask(Object what) {
            if (away) {
                throw new KubernetesClientException("bearer anne's was not reviewed");
            }
            asked.add(what);
        }
    }

    private static Right right(String group, String resource, String namespace) {
        return new Right(group, resource, namespace);
    }

    private void begin() {
        loop.submit(world().stream().<Change>map(Change.Put::new).toList());
        loop.start(List.of());
        if (synced) {
            await().until(loop::isReady);
        }
    }

    @AfterEach
    void close() {
        loop.close();
    }

    private static List<SnapshotObject> world() {
        return List.of(
                new Mesh(
                        meta("", "default"),
                        TrustDomains.of("cluster.local"),
                        LabelSelector.labels(MEMBER),
                        Mesh.MtlsMode.STRICT,
                        Mesh.EgressMode.ALLOW,
                        Mesh.AuthorizationDefault.ALLOW,
                        List.of()),
                new Namespace("shop", MEMBER),
                new Namespace("bank", MEMBER),
                new Service(
                        new ObjectName("shop", "store"),
                        Map.of("app", "store"),
                        List.of("10.96.0.1"),
                        List.of(new Service.Port("http", 80, Optional.empty()))),
                new Pod(
                        new ObjectName("shop", "store-1"),
                        "1",
                        List.of("10.1.0.1"),
                        Map.of("app", "store"),
                        "store",
                        new Pod.Proxy.Sidecar()),
                new EndpointSlice(
                        new ObjectName("shop", "store-x"),
                        new ObjectName("shop", "store"),
                        Map.of("http", 8080),
                        List.of(new EndpointSlice.Endpoint(
                                "10.1.0.1", true, true, false, Optional.of(new ObjectName("shop", "store-1")), ""))),
                new AuthorizationPolicy(
                        meta("shop", "callers"),
                        List.of(new AuthorizationPolicy.Target.ServiceTarget("store")),
                        AuthorizationPolicy.Action.ALLOW,
                        List.of()),
                route("shop"),
                route("bank"));
    }

    private static Meta meta(String namespace, String name) {
        return new Meta(new ObjectName(namespace, name), "uid", 1, 1);
    }

    private static HttpRoute route(String namespace) {
        return new HttpRoute(
                meta(namespace, "to-store"),
                List.of(new HttpRoute.Parent.ToService(new ObjectName("shop", "store"), Optional.empty())),
                List.of(),
                List.of(new HttpRoute.Rule(
                        List.of(),
                        List.of(new HttpRoute.Backend(
                                HttpRoute.SERVICE, new ObjectName("shop", "store"), Optional.of(80), 1)),
                        Optional.empty(),
                        List.of())));
    }

    private JsonNode json(String path) throws IOException {
        var answer = endpoint.get(path, ANNE);
        assertThat(answer.status()).as(answer.json()).isEqualTo(200);
        return new ObjectMapper().readTree(answer.json());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Basic YTpi", "Bearer", "Bearer  ", "Bearer somebody's", "anne's"})
    void who_is_not_known_is_told_nothing(String header) {
        begin();
        rights.add(POLICIES);

        var answer = endpoint.get(STORE, Optional.of(header));

        assertThat(answer.status()).isEqualTo(401);
        assertThat(asked).doesNotContain(POLICIES);
    }

    @Test
    void a_token_of_any_length_is_not_handed_on() {
        begin();

        assertThat(endpoint.get(STORE, Optional.of("Bearer " + "a".repeat(10_000)))
                        .status())
                .isEqualTo(401);
        assertThat(asked).isEmpty();
    }

    @Test
    void without_the_right_it_is_the_same_whether_the_service_exists() {
        begin();

        var there = endpoint.get(STORE, ANNE);
        var not = endpoint.get(STORE + "x", ANNE);

        assertThat(there.status()).isEqualTo(403);
        assertThat(there.json()).startsWith("anne may not get trafficpolicies.selvedge.dev in namespace shop;");
        assertThat(not).isEqualTo(there);
    }

    @Test
    void what_is_not_of_the_mesh_is_not_found() {
        begin();
        rights.add(POLICIES);

        assertThat(endpoint.get(STORE + "x", ANNE))
                .isEqualTo(new Answer(
                        404, "Service shop/storex does not exist, or its namespace does not belong to the mesh"));
        assertThat(endpoint.get("/effective/namespaces/shop/pods/x", ANNE).status())
                .isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/effective/",
                "/effective/namespaces/shop/secrets/store",
                "/effective/namespaces/shop/services/store/",
                "/effective/namespaces/shop/services/../store",
                "/effective/namespaces/Shop/services/store",
                "/effective/namespaces/shop%2Fservices/x/services/store"
            })
    void nothing_else_is_at_these_paths(String path) {
        begin();

        assertThat(endpoint.get(path, ANNE).status()).isEqualTo(404);
        assertThat(asked).isEmpty();
    }

    @Test
    void with_all_rights_everything_is_told() throws IOException {
        begin();
        rights.addAll(List.of(POLICIES, RULES, ROUTES, OTHER_ROUTES));

        var answer = json(STORE);

        assertThat(answer.at("/ports/0/routing/0/routes/0/by/name").asText()).isEqualTo("to-store");
        assertThat(answer.at("/ports/0/routing/1/clientsIn").asText()).isEqualTo("bank");
        assertThat(answer.at("/authorization/0/allow/0/by/name").asText()).isEqualTo("callers");
        assertThat(answer.at("/authorization/0/allow/0/rules").isArray()).isTrue();
        assertThat(answer.has("withheld")).isFalse();
    }

    @Test
    void what_another_namespace_decides_needs_the_right_there() throws IOException {
        begin();
        rights.addAll(List.of(POLICIES, RULES, ROUTES));

        var answer = json(STORE);

        assertThat(answer.toString()).doesNotContain("bank");
        assertThat(answer.at("/ports/0/routing")).hasSize(1);
        assertThat(answer.get("withheld").toString()).isEqualTo("[{\"kind\":\"HTTPRoute\"}]");
    }

    @Test
    void what_another_kind_decides_needs_the_right_to_that_kind() throws IOException {
        begin();
        rights.add(POLICIES);

        var answer = json(STORE);

        assertThat(answer.toString()).doesNotContain("bank", "callers", "to-store");
        // Without the policies "otherwise" would read as if everybody were allowed.
        assertThat(answer.has("authorization")).isFalse();
        assertThat(answer.get("withheld"))
                .extracting(JsonNode::toString)
                .containsExactlyInAnyOrder(
                        "{\"kind\":\"HTTPRoute\",\"namespace\":\"shop\"}",
                        "{\"kind\":\"HTTPRoute\"}",
                        "{\"kind\":\"AuthorizationPolicy\",\"namespace\":\"shop\"}");
    }

    @Test
    void at_a_pod_too() throws IOException {
        begin();
        rights.addAll(List.of(POLICIES, RULES));

        var answer = json("/effective/namespaces/shop/pods/store-1");

        assertThat(answer.get("identity").asText()).isEqualTo("spiffe://cluster.local/ns/shop/sa/store");
        assertThat(answer.at("/authorization/allow/0/by/name").asText()).isEqualTo("callers");
        rights.remove(RULES);
        now = now.plus(Duration.ofSeconds(11));
        assertThat(json("/effective/namespaces/shop/pods/store-1").has("authorization"))
                .isFalse();
    }

    @Test
    void an_answer_of_the_api_server_is_believed_for_ten_seconds() {
        begin();
        assertThat(endpoint.get(STORE, ANNE).status()).isEqualTo(403);
        rights.add(POLICIES);
        int before = asked.size();

        assertThat(endpoint.get(STORE, ANNE).status()).isEqualTo(403);
        assertThat(asked).hasSize(before);
        now = now.plus(Duration.ofSeconds(11));
        assertThat(endpoint.get(STORE, ANNE).status()).isEqualTo(200);
    }

    @Test
    void nothing_is_told_while_the_api_server_does_not_answer() {
        begin();
        rights.addAll(List.of(POLICIES, RULES, ROUTES, OTHER_ROUTES));
        away = true;

        var answer = endpoint.get(STORE, ANNE);

        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.json()).doesNotContain("anne");
        away = false;
        assertThat(endpoint.get(STORE, ANNE).status()).isEqualTo(200);
    }

    @Test
    void nothing_is_told_before_everything_is_known() {
        synced = false;
        begin();
        rights.add(POLICIES);

        assertThat(endpoint.get(STORE, ANNE).status()).isEqualTo(503);
    }
}
