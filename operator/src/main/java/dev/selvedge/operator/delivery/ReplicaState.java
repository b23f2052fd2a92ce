// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.delivery;

import dev.selvedge.compiler.diagnostic.Outcome;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.ObjectRef;
import dev.selvedge.operator.delivery.Holding.State;
import dev.selvedge.operator.delivery.Summary.Presence;
import dev.selvedge.operator.delivery.Summary.Proxy;
import dev.selvedge.reconciler.status.MeshState;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What the ledger of this replica says. It is the whole truth only while all proxies are served by this replica. */
public final class ReplicaState implements MeshState {
    private static final int NAMED_PROXIES = 5;

    private final Ledger ledger;

    public ReplicaState(Ledger ledger) {
        this.ledger = ledger;
    }

    @Override
    public Optional<Outcome> outcome(ObjectRef object) {
        return ledger.outcome(object);
    }

    @Override
    public Delivery delivery(ObjectRef object) {
        return ledger.standing(object)
                .map(this::delivery)
                .orElseGet(() -> new Delivery(
                        ledger.outcome(object).map(Outcome::generation).orElse(0L), 0, 0, 0, 0, Optional.empty()));
    }

    private Delivery delivery(Summary.Standing standing) {
        var proxies = ledger.proxies().stream().collect(Collectors.toMap(Proxy::id, Function.identity()));
        var states = new HashMap<Proxy, State>();
        standing.states().forEach((id, state) -> {
            var proxy = proxies.get(id);
            if (proxy != null) {
                states.put(proxy, proxy.presence() == Presence.AWAY ? State.PENDING : state);
            }
        });
        return new Delivery(
                standing.generation(),
                states.size(),
                count(states, State.CURRENT),
                count(states, State.PENDING),
                count(states, State.REJECTING),
                Optional.ofNullable(standing.refusal())
                        .map(refusal -> new Rejection(refusal.resource(), refusal.message(), rejecting(states))));
    }

    private static int count(Map<Proxy, State> states, State state) {
        return (int) states.values().stream().filter(s -> s == state).count();
    }

    private static List<String> rejecting(Map<Proxy, State> states) {
        return states.entrySet().stream()
                .filter(entry -> entry.getValue() == State.REJECTING)
                .map(entry -> entry.getKey().pod())
                .sorted()
                .limit(NAMED_PROXIES)
                .map(ObjectName::toString)
                .toList();
    }

    @Override
    public Fleet fleet() {
        var proxies = ledger.proxies();
        var connected = proxies.stream()
                .filter(proxy -> proxy.presence() != Presence.AWAY)
                .toList();
        int current = (int) connected.stream()
                .filter(proxy -> proxy.state() == State.CURRENT)
                .count();
        int rejecting = (int) connected.stream()
                .filter(proxy -> proxy.state() == State.REJECTING)
                .count();
        return new Fleet(
                connected.size(),
                current,
                proxies.size() - current - rejecting,
                rejecting,
                connected.stream()
                        .filter(proxy -> !proxy.version().isEmpty())
                        .collect(Collectors.groupingBy(
                                Proxy::version, Collectors.collectingAndThen(Collectors.counting(), Long::intValue))));
    }

    @Override
    public void onChange(Consumer<ObjectRef> listener) {
        ledger.onChange(objects -> objects.forEach(listener));
    }
}
