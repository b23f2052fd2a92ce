// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.xds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.IncrementalCompiler;
import dev.selvedge.compiler.resource.ResourceType;
import dev.selvedge.compiler.snapshot.Change;
import dev.selvedge.compiler.snapshot.Mesh;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.Pod;
import dev.selvedge.compiler.snapshot.SnapshotObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What a change costs in computations, resources and bytes: exact numbers, whatever the speed of the machine. Who means
 * to change them updates the file with {@code make golden} and shows the difference.
 */
@Timeout(300)
final class DeliveryCostTest {
    private static final int SERVICES = 20;
    private static final Path EXPECTED = Path.of("src/test/resources/delivery-cost.txt");
    private static final boolean UPDATE = Boolean.getBoolean("golden.update");

    private final IncrementalCompiler compiler = new IncrementalCompiler();
    private final List<CostClient> clients = new ArrayList<>();
    private final StringBuilder report = new StringBuilder();
    private XdsFixture fixture;

    @Test
    void each_change_costs_what_it_cost_before() throws Exception {
        fixture = new XdsFixture(compiler);
        try {
            fixture.open();
            submit(CostWorld.all(SERVICES));
            settle();
            measure("everybody connects", this::connect);
            measure("a route is edited", () -> put(CostWorld.policy(3, "other")));
            measure("the same again", () -> put(CostWorld.policy(3, "other")));
            measure("an endpoint leaves", () -> put(CostWorld.slice(4, 1)));
            measure("an endpoint comes", () -> put(CostWorld.slice(4, 2)));
            measure("a service is new", () -> put(CostWorld.service(SERVICES).toArray(SnapshotObject[]::new)));
            measure("the mesh denies by default", () -> put(CostWorld.mesh(Mesh.AuthorizationDefault.DENY)));
            measure("a service goes", () -> remove(CostWorld.service(SERVICES)));
        } finally {
            clients.forEach(CostClient::close);
            fixture.close();
        }
        if (UPDATE) {
            Files.writeString(EXPECTED, report);
        }
        assertThat(report.toString()).isEqualTo(Files.readString(EXPECTED));
    }

    private interface Step {
        void run() throws Exception;
    }

    private void measure(String name, Step step) throws Exception {
        var before = fixture.loop.read(_ -> compiler.computations());
        step.run();
        settle();
        var sums = new EnumMap<ResourceType, DeliveryCost>(ResourceType.class);
        for (var client : clients) {
            client.take(sums);
        }
        var computations = fixture.loop.read(_ -> compiler.computations()) - before;
        report.append(name).append(": computations ").append(computations).append('\n');
        for (Map.Entry<ResourceType, DeliveryCost> sum : sums.entrySet()) {
            report.append("  ")
                    .append(sum.getKey())
                    .append(": ")
                    .append(sum.getValue())
                    .append('\n');
        }
    }

    private void connect() throws IOException {
        for (int service = 0; service < SERVICES; service++) {
            clients.add(new CostClient(fixture, fixture.token(CostWorld.pod(service, 0))));
        }
    }

    private void put(SnapshotObject... objects) {
        submit(List.of(objects).stream().<Change>map(Change.Put::new).toList());
    }

    private void remove(List<SnapshotObject> objects) {
        submit(objects.stream()
                .<Change>map(object -> new Change.Remove(object.ref()))
                .toList());
    }

    private void submit(List<Change> changes) {
        fixture.loop.submit(changes);
    }

    /** Every stream has heard of what was submitted: the loop tells them before it takes the next events. */
    private void settle() throws InterruptedException {
        for (int times = 0; times < 2; times++) {
            var marker = XdsFixture.newPod("nowhere", "marker", "none");
            submit(List.of(new Change.Put(marker)));
            assertThat(fixture.loop.await(
                            compilation -> compilation
                                    .pod(new ObjectName("nowhere", "marker"))
                                    .map(Pod::uid)
                                    .equals(Optional.of(marker.uid())),
                            10,
                            TimeUnit.SECONDS))
                    .isTrue();
        }
    }
}
