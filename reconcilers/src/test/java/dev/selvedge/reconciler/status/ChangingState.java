// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.status;

import dev.selvedge.compiler.diagnostic.Condition;
import dev.selvedge.compiler.diagnostic.Condition.Reason;
import dev.selvedge.compiler.diagnostic.Condition.Type;
import dev.selvedge.compiler.diagnostic.Outcome;
import dev.selvedge.compiler.snapshot.ObjectRef;
import dev.selvedge.reconciler.trust.ProxyTrust;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** A data plane that says what a test tells it. */
public final class ChangingState implements MeshState {
    private final Map<ObjectRef, Outcome> outcomes = new ConcurrentHashMap<>();
    private final Map<ObjectRef, Delivery> deliveries = new ConcurrentHashMap<>();
    private volatile List<ProxyTrust> trust = List.of();
    private final List<Consumer<ObjectRef>> listeners = new CopyOnWriteArrayList<>();

    /** The object was compiled and accepted in this generation. */
    public void accepted(ObjectRef object, long generation) {
        var accepted = new Condition(Type.ACCEPTED, true, Reason.ACCEPTED, "It can be used.");
        compiled(new Outcome(object, generation, List.of(accepted), List.of()));
    }

    /** This became of an object. */
    public void compiled(Outcome outcome) {
        outcomes.put(outcome.object(), outcome);
        tell(outcome.object());
    }

    /** As in an operator that has just started. */
    public void forget() {
        outcomes.clear();
        deliveries.clear();
    }

    /** So many proxies of all have the generation. */
    public void delivered(ObjectRef object, long generation, int current, int total) {
        deliveries.put(
                object, new Delivery(generation, total, current, total - current, 0, Optional.empty(), List.of()));
        tell(object);
    }

    /** Not everything is heard that the counts have to say. */
    public void awaited(ObjectRef object, String what) {
        deliveries.put(object, new Delivery(0, 0, 0, 0, 0, Optional.empty(), List.of(what)));
        tell(object);
    }

    private void tell(ObjectRef object) {
        listeners.forEach(listener -> listener.accept(object));
    }

    @Override
    public Optional<Outcome> outcome(ObjectRef object) {
        return Optional.ofNullable(outcomes.get(object));
    }

    @Override
    public Delivery delivery(ObjectRef object) {
        return deliveries.getOrDefault(object, new Delivery(0, 0, 0, 0, 0, Optional.empty(), List.of()));
    }

    @Override
    public Fleet fleet() {
        return new Fleet(0, 0, 0, 0, Map.of(), trust);
    }

    /** What proxies have of trust. */
    public void trusted(List<ProxyTrust> proxies) {
        trust = List.copyOf(proxies);
    }

    @Override
    public Topology topology() {
        return Topology.UNKNOWN;
    }

    @Override
    public void onChange(Consumer<ObjectRef> listener) {
        listeners.add(listener);
    }
}
