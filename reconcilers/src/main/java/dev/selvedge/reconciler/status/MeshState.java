// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.status;

import dev.selvedge.compiler.diagnostic.Outcome;
import dev.selvedge.compiler.model.Callers;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.ObjectRef;
import dev.selvedge.reconciler.pki.Lifespan;
import dev.selvedge.reconciler.trust.ProxyTrust;
import java.time.Instant;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.function.Consumer;

/** What the data plane knows, over all replicas of the operator. Implemented where the proxies are served. */
public interface MeshState {
    /** What the compiler made of the object; empty until it has been compiled. */
    Optional<Outcome> outcome(ObjectRef object);

    /** Which proxies hold what the object shaped. */
    Delivery delivery(ObjectRef object);

    /** All proxies. */
    Fleet fleet();

    /** Who calls whom. */
    Topology topology();

    /** Registers a listener that is called when one of the answers for an object, or the fleet's, may have changed. */
    void onChange(Consumer<ObjectRef> listener);

    /**
     * @param generation the generation that the counts speak of
     * @param total proxies that hold a resource which the object shapes; 0 means not in use
     * @param current of these, how many acknowledged exactly this generation
     * @param pending not yet acknowledged, or disconnected while their pod still exists
     * @param rejecting refused by Envoy; they keep the last good resource
     * @param rejection the first refusal, if any
     * @param awaited what is still to be heard before the counts speak of all proxies, as parts of a sentence
     */
    record Delivery(
            long generation,
            int total,
            int current,
            int pending,
            int rejecting,
            Optional<Rejection> rejection,
            List<String> awaited) {
        public Delivery {
            awaited = List.copyOf(awaited);
        }

        /** Whether there may be proxies that are not counted yet. A refusal is true whatever is still to be heard. */
        public boolean isProvisional() {
            return !awaited.isEmpty() && rejection.isEmpty();
        }
    }

    /**
     * @param resource the refused resource's name
     * @param message Envoy's own text
     * @param proxies some of the proxies that refused, {@code namespace/pod}
     */
    record Rejection(String resource, String message, List<String> proxies) {
        public Rejection {
            proxies = List.copyOf(proxies);
        }
    }

    /**
     * @param versions connected proxies by Envoy version
     * @param proxies what each has of trust, also those that are away while their pod exists
     */
    record Fleet(
            int connected,
            int current,
            int pending,
            int rejecting,
            Map<String, Integer> versions,
            List<ProxyTrust> proxies) {
        public Fleet {
            versions = Map.copyOf(versions);
            proxies = List.copyOf(proxies);
        }

        /** When the certificate of a connected proxy that ends first ends. */
        public Optional<Instant> firstCertificateEnd() {
            return proxies.stream()
                    .filter(ProxyTrust::connected)
                    .flatMap(proxy -> proxy.certificate().stream())
                    .map(Lifespan::end)
                    .min(Comparator.naturalOrder());
        }
    }

    /**
     * @param may who may call a Service, for each that has pods
     * @param calls the service accounts that called a Service of the mesh within the last hour, by Service
     * @param undeclared ports of Services that were called within the last hour and of which nobody has declared what
     *     they speak, by name and number
     */
    record Topology(
            SortedMap<ObjectName, Callers> may,
            SortedMap<ObjectName, SortedSet<ObjectName>> calls,
            List<UndeclaredPort> undeclared) {
        public static final Topology UNKNOWN =
                new Topology(Collections.emptySortedMap(), Collections.emptySortedMap(), List.of());

        public Topology {
            undeclared = List.copyOf(undeclared);
        }
    }

    /**
     * What the proxies found a port to speak.
     *
     * @param http whether there were HTTP requests
     * @param tcp whether there were other connections
     */
    record UndeclaredPort(ObjectName service, int port, boolean http, boolean tcp) {}
}
