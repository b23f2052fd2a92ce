// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.delivery;

import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.ObjectRef;
import dev.selvedge.operator.delivery.Holding.State;
import dev.selvedge.operator.topology.Call;
import dev.selvedge.reconciler.pki.Lifespan;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What one replica knows of its proxies; it tells the other replicas how that changes.
 *
 * @param crowd whether many proxies come at the moment
 */
public record Summary(List<Proxy> proxies, List<Standing> standings, Set<Call> calls, boolean crowd) {
    /** Also what a replica of an earlier version says, which does not know. */
    static final long NO_CERTIFICATE = 0;

    static final Summary NOTHING = new Summary(List.of(), List.of(), Set.of(), false);

    public Summary {
        proxies = List.copyOf(proxies);
        standings = List.copyOf(standings);
        calls = Set.copyOf(calls);
    }

    /** What is different from an earlier one. Standings are compared as instances: the ledger keeps those that stay. */
    @SuppressWarnings("ReferenceEquality")
    SummaryChange since(Summary earlier) {
        var proxiesBefore = earlier.proxies().stream().collect(Collectors.toMap(Proxy::id, Function.identity()));
        var before = earlier.standings().stream().collect(Collectors.toMap(Standing::object, Function.identity()));
        var changedProxies = proxies.stream()
                .filter(proxy -> !proxy.equals(proxiesBefore.remove(proxy.id())))
                .toList();
        var changed = standings.stream()
                .filter(standing -> standing != before.remove(standing.object()))
                .toList();
        return new SummaryChange(
                earlier == NOTHING,
                changedProxies,
                changed,
                List.copyOf(proxiesBefore.keySet()),
                List.copyOf(before.keySet()),
                without(calls, earlier.calls()),
                without(earlier.calls(), calls),
                crowd);
    }

    private static List<Call> without(Set<Call> calls, Set<Call> others) {
        return calls.stream().filter(call -> !others.contains(call)).toList();
    }

    /**
     * @param id distinguishes proxies within one replica's summaries
     * @param version Envoy's
     * @param certificateMade when the certificate was made that it has, in seconds since 1970, or {@link #NO_CERTIFICATE}
     * @param certificateEnd when that ends, likewise
     * @param trust what it has of the two secrets
     * @param state of all that it holds
     */
    public record Proxy(
            int id,
            ObjectName pod,
            String uid,
            Presence presence,
            String version,
            long certificateMade,
            long certificateEnd,
            @Nullable Trust trust,
            State state) {
        public Proxy {
            // A replica of an earlier version says nothing of it.
            trust = trust == null ? Trust.UNKNOWN : trust;
        }

        /** Of the certificate that it has. */
        Optional<Lifespan> lifespan() {
            return certificateMade == NO_CERTIFICATE || certificateEnd == NO_CERTIFICATE
                    ? Optional.empty()
                    : Optional.of(new Lifespan(
                            Instant.ofEpochSecond(certificateMade), Instant.ofEpochSecond(certificateEnd)));
        }
    }

    /**
     * The trust bundle and the anchor of the own certificate that a proxy acknowledged, as in
     * {@link dev.selvedge.reconciler.trust.ProxyTrust}.
     */
    public record Trust(String bundle, String anchor) {
        static final Trust UNKNOWN = new Trust("", "");
    }

    /** Whether a proxy has a stream to this replica. */
    public enum Presence {
        CONNECTED,
        /** It had one a moment ago. Envoy keeps what it acknowledged, and streams end routinely with their tokens. */
        RECENT,
        /** It had one; what it held counts as pending. */
        AWAY
    }

    /**
     * Where proxies stand with one object, once all of them have been offered what it shapes.
     *
     * @param generation the generation that this replica compiled; 0 when there is none
     * @param states by {@link Proxy#id()}
     * @param refusal the first one, if any
     */
    public record Standing(
            ObjectRef object,
            long generation,
            Map<Integer, State> states,
            @Nullable Refusal refusal) {
        public Standing {
            states = Map.copyOf(states);
        }
    }

    /** @param resource the refused resource's name */
    public record Refusal(String resource, String message) {}
}
