// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.incremental.Memo;
import dev.selvedge.compiler.model.Decided;
import dev.selvedge.compiler.model.EffectiveService;
import dev.selvedge.compiler.model.ServiceView;
import dev.selvedge.compiler.model.Tree;
import dev.selvedge.compiler.resolve.ServiceTraffic;
import dev.selvedge.compiler.resolve.ServiceViews;
import dev.selvedge.compiler.snapshot.Change;
import dev.selvedge.compiler.snapshot.Clients;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.Reads;
import dev.selvedge.compiler.snapshot.RouteActions;
import dev.selvedge.compiler.snapshot.SnapshotObject;
import dev.selvedge.compiler.snapshot.TrafficPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** What is said to be in force is what the clients' proxies get, for whatever mesh and whatever clients. */
final class EffectiveIsCompiledTest {
    @Property(tries = 500)
    void what_is_told_is_what_is_compiled(@ForAll("worlds") List<SnapshotObject> objects) {
        var all = new ArrayList<>(WellOrdered.objects());
        all.addAll(objects);
        var changes = all.stream().<Change>map(Change.Put::new).toList();
        var compiler = new IncrementalCompiler();
        compiler.apply(changes);
        var memo = new Memo();
        memo.apply(changes);

        for (var name : compiler.services()) {
            var told = compiler.effective(name).orElseThrow();
            assertThat(Tree.of(told)).isPresent();
            for (var port : told.ports()) {
                for (var routing : port.routing()) {
                    assertThat(routing.routes().stream().map(Essence::told).toList())
                            .isEqualTo(compiled(memo.reads(), name, port.port(), routing.clientsIn()));
                }
            }
        }
    }

    @Provide
    Arbitrary<List<SnapshotObject>> worlds() {
        return SmallWorld.objects().list().ofMinSize(5).ofMaxSize(40);
    }

    private static List<Essence> compiled(Reads reads, ObjectName service, int port, Optional<String> clientsIn) {
        return ServiceViews.resolve(
                        reads,
                        name -> ServiceTraffic.of(reads, name),
                        service,
                        new Clients(clientsIn, SmallWorld.SOURCES))
                .orElseThrow()
                .ports()
                .stream()
                .filter(each -> each.port() == port)
                .findFirst()
                .orElseThrow()
                .routes()
                .stream()
                .map(Essence::compiled)
                .toList();
    }

    /** What both tell of a route. */
    private record Essence(
            String name,
            List<TrafficPolicy.Match> matches,
            List<ServiceView.Backend> backends,
            RouteActions actions,
            List<ServiceView.Mirror> mirrors,
            Optional<?> request,
            Optional<?> perTry,
            Optional<?> idle,
            Optional<?> stream,
            Optional<?> hash,
            int attempts) {
        static Essence told(EffectiveService.Route route) {
            return new Essence(
                    route.name(),
                    route.matches(),
                    route.backends().stream().map(Decided::value).toList(),
                    route.actions().orElse(RouteActions.NONE),
                    route.mirrors(),
                    setting(route, "timeouts.request"),
                    setting(route, "timeouts.perTry"),
                    setting(route, "timeouts.idle"),
                    setting(route, "timeouts.stream"),
                    setting(route, "loadBalancing.hash"),
                    ((ServiceView.Retry) setting(route, "retries").orElseThrow()).attempts());
        }

        static Essence compiled(ServiceView.Route route) {
            return new Essence(
                    route.name(),
                    route.matches(),
                    route.backends(),
                    route.actions(),
                    route.mirrors(),
                    route.requestTimeout(),
                    route.retry().perTryTimeout(),
                    route.idleTimeout(),
                    route.streamTimeout(),
                    Optional.of(route.hash()).filter(hash -> !hash.isEmpty()),
                    route.retry().attempts());
        }

        private static Optional<?> setting(EffectiveService.Route route, String name) {
            return Optional.ofNullable(route.settings().get(name)).map(Decided::value);
        }
    }
}
