// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.diagnostic.Condition;
import dev.selvedge.compiler.diagnostic.Condition.Reason;
import dev.selvedge.compiler.diagnostic.Condition.Type;
import dev.selvedge.compiler.diagnostic.Outcome;
import dev.selvedge.compiler.snapshot.HttpRoute.Parent;
import dev.selvedge.compiler.snapshot.Kind;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.ObjectRef;
import dev.selvedge.reconciler.leadership.SwitchedLeadership;
import dev.selvedge.reconciler.status.ChangingState;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteBuilder;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteStatusBuilder;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.RouteParentStatus;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.RouteParentStatusBuilder;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** With an HTTPRoute that names a Gateway in its second generation. */
final class RouteStatusWriterTest {
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-01-02T03:04:05Z"), ZoneOffset.UTC);
    private static final ObjectRef ROUTE = ObjectRef.of(Kind.HTTP_ROUTE, "shop", "front");
    private static final String OTHERS = "example.com/other";

    private final ChangingState state = new ChangingState();
    private final HttpRouteReconciler reconciler = new HttpRouteReconciler(state, new SwitchedLeadership(), CLOCK);

    @Test
    void what_is_said_of_a_parent_that_is_no_longer_ours_goes_and_what_others_say_stays() {
        state.compiled(ofNobody(2));

        var answer = reconcile(route(entry(OTHERS), entry(RouteStatuses.CONTROLLER)));

        assertThat(answer.getResource().orElseThrow().getStatus().getParents()).containsExactly(entry(OTHERS));
    }

    @Test
    void the_list_may_become_empty() {
        state.compiled(ofNobody(2));

        var patch =
                reconcile(route(entry(RouteStatuses.CONTROLLER))).getResource().orElseThrow();

        assertThat(patch.getStatus().getParents()).isEmpty();
        assertThat(patch.getStatus().getAdditionalProperties()).containsEntry("parents", List.of());
    }

    @Test
    void it_stays_until_this_generation_is_compiled() {
        state.compiled(ofNobody(1));

        assertThat(reconcile(route(entry(RouteStatuses.CONTROLLER))).isNoUpdate())
                .isTrue();
    }

    @Test
    void it_stays_while_not_everything_is_read() {
        state.compiled(ofNobody(2));
        state.awaited(ROUTE, "this replica has not read the whole cluster yet");
        var route = route(entry(RouteStatuses.CONTROLLER));

        assertThat(reconcile(route).isNoUpdate()).isTrue();
        assertThat(reconcile(route).isNoUpdate()).isTrue();

        state.delivered(ROUTE, 2, 0, 0);
        assertThat(reconcile(route).isPatchStatus()).isTrue();
    }

    @Test
    void a_route_of_others_alone_is_left_to_them() {
        state.compiled(ofNobody(2));

        assertThat(reconcile(route(entry(OTHERS))).isNoUpdate()).isTrue();
        assertThat(reconcile(route()).isNoUpdate()).isTrue();
    }

    @Test
    void what_became_of_it_at_a_parent_of_ours_stands_beside_what_others_say() {
        var parent = new Parent.ToGateway(new ObjectName("shop", "edge"), Optional.empty(), Optional.empty());
        var accepted = List.of(new Condition(Type.ACCEPTED, true, Reason.ACCEPTED, "Attached."));
        state.compiled(new Outcome(ROUTE, 2, accepted, List.of(), List.of(), Map.of(parent, accepted), List.of()));

        var patch = reconcile(route(entry(OTHERS))).getResource().orElseThrow();

        assertThat(patch.getStatus().getParents())
                .extracting(RouteParentStatus::getControllerName)
                .containsExactly(OTHERS, RouteStatuses.CONTROLLER);
    }

    private UpdateControl<HTTPRoute> reconcile(HTTPRoute route) {
        return reconciler.reconcile(route, null);
    }

    private static Outcome ofNobody(long generation) {
        return new Outcome(ROUTE, generation, List.of(), List.of());
    }

    /** What a controller said of the first generation. */
    private static RouteParentStatus entry(String controller) {
        return new RouteParentStatusBuilder()
                .withControllerName(controller)
                .withNewParentRef()
                .withName("before")
                .endParentRef()
                .withConditions(new ConditionBuilder()
                        .withType("Programmed")
                        .withStatus("True")
                        .withObservedGeneration(1L)
                        .build())
                .build();
    }

    private static HTTPRoute route(RouteParentStatus... parents) {
        return new HTTPRouteBuilder()
                .withNewMetadata()
                .withNamespace("shop")
                .withName("front")
                .withUid("uid-1")
                .withGeneration(2L)
                .endMetadata()
                .withNewSpec()
                .addNewParentRef()
                .withName("edge")
                .endParentRef()
                .endSpec()
                .withStatus(new HTTPRouteStatusBuilder().withParents(parents).build())
                .build();
    }
}
