// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.compile;

import static dev.selvedge.compiler.resource.ResourceType.CLUSTER;
import static dev.selvedge.compiler.resource.ResourceType.SCOPE;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import dev.selvedge.compiler.diagnostic.Origin;
import dev.selvedge.compiler.resource.Context;
import dev.selvedge.compiler.resource.Resource;
import dev.selvedge.compiler.resource.ResourceKey;
import dev.selvedge.compiler.resource.ResourceType;
import dev.selvedge.compiler.snapshot.Change;
import dev.selvedge.compiler.snapshot.Kind;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.ObjectRef;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class ListedTest {
    private static final ObjectName POD = new ObjectName("shop", "client");

    private final StubCompilation mesh = new StubCompilation();
    private final CompileLoop loop = new CompileLoop(mesh, () -> true, new SimpleMeterRegistry());

    @BeforeEach
    void twoScopes() {
        mesh.put(resource(SCOPE, "10.0.0.1:80", "1"));
        mesh.put(resource(SCOPE, "10.0.0.2:80", "1"));
    }

    @AfterEach
    void nothingIsHeld() {
        assertThat(mesh.asked()).isEmpty();
        loop.close();
    }

    @Test
    void all_proxies_hold_the_same() {
        var one = loop.acquireListed(SCOPE, POD).orElseThrow();
        var other = loop.acquireListed(SCOPE, POD).orElseThrow();
        assertThat(one).isSameAs(other);
        assertThat(one.names()).containsExactly("10.0.0.1:80", "10.0.0.2:80");
        loop.release(one);
        assertThat(mesh.asked()).as("the other proxy has it").hasSize(2);
        loop.release(other);
    }

    @Test
    void who_comes_after_a_change_holds_what_is_listed_then() throws InterruptedException {
        var before = loop.acquireListed(SCOPE, POD).orElseThrow();
        apply(() -> mesh.put(resource(SCOPE, "10.0.0.1:80", "2")));
        var changed = loop.acquireListed(SCOPE, POD).orElseThrow();
        assertThat(changed.get("10.0.0.1:80")).extracting(Served::version).isEqualTo("2");
        apply(() -> mesh.put(resource(SCOPE, "10.0.0.3:80", "1")));
        var longer = loop.acquireListed(SCOPE, POD).orElseThrow();
        assertThat(longer.names()).hasSize(3);
        List.of(changed, before, longer).forEach(loop::release);
    }

    @Test
    void what_an_object_shapes_is_not_held_as_one() {
        var policy = new Origin(new ObjectRef(Kind.MESH, new ObjectName("", "default")), 1);
        mesh.put(new Resource(
                key(CLUSTER, "passthrough"), Any.getDefaultInstance(), "1", new TreeSet<>(List.of(policy)), List.of()));
        assertThat(loop.acquireListed(CLUSTER, POD)).isEmpty();
    }

    @Test
    void of_nothing_there_is_no_listing() {
        assertThat(loop.acquireListed(CLUSTER, POD)).isEmpty();
    }

    /** Makes a change and waits until the loop has told of it. */
    private void apply(Runnable change) throws InterruptedException {
        var told = new CountDownLatch(1);
        loop.read(_ -> {
            change.run();
            return true;
        });
        loop.start(List.of(_ -> told.countDown()));
        loop.submit(List.of(new Change.Remove(new ObjectRef(Kind.POD, POD))));
        assertThat(told.await(10, TimeUnit.SECONDS)).isTrue();
        loop.close();
    }

    private static ResourceKey key(ResourceType type, String name) {
        return new ResourceKey(type, name, new Context.Shared());
    }

    private static Resource resource(ResourceType type, String name, String version) {
        return new Resource(key(type, name), Any.getDefaultInstance(), version, new TreeSet<>(), List.of());
    }
}
