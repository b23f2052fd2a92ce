// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.xds;

import dev.selvedge.compiler.diagnostic.Origin;
import dev.selvedge.compiler.resource.ResourceKey;
import dev.selvedge.compiler.snapshot.ClientGroups;
import dev.selvedge.operator.compile.Served;
import dev.selvedge.operator.delivery.Holding;
import dev.selvedge.operator.delivery.Holding.State;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** One resource on one proxy: what it should have, what is on its way, what it has, what it refused. */
final class Entry {
    /** The version of a resource that is not there. */
    static final String ABSENT = "";

    private ResourceKey key;
    private boolean wanted = true;
    private boolean forced;
    private boolean suspect;
    private long since;
    private @Nullable Served desired;
    private @Nullable Served held;
    private @Nullable String heldVersion;
    private @Nullable Flight flight;
    private @Nullable Refusal refusal;

    /** @param sent null when a removal was sent */
    private record Flight(String nonce, @Nullable Served sent) {}

    private record Refusal(String version, String message) {}

    Entry(ResourceKey key) {
        this.key = key;
    }

    /** One that the proxy has and should have, and that has nothing left to do. */
    static Entry settled(Served served) {
        var entry = new Entry(served.key());
        entry.desired = served;
        entry.held = served;
        entry.heldVersion = served.version();
        return entry;
    }

    /** Whether there is no more to it than {@link #settled(Served)} makes of what is desired. */
    boolean isPlain() {
        return wanted && desired != null && held == desired && refusal == null && settled();
    }

    ResourceKey key() {
        return key;
    }

    /** By what the proxies that ask for this name are told apart, as far as this one has heard. */
    ClientGroups groups() {
        return desired == null ? ClientGroups.NONE : desired.groups();
    }

    /** Another resource of this name is this proxy's now. */
    void move(ResourceKey to) {
        key = to;
    }

    /** Whether this proxy should have the resource if there is one; if not, it is being removed from the proxy. */
    boolean wanted() {
        return wanted;
    }

    Optional<Served> desired() {
        return Optional.ofNullable(desired);
    }

    /** The version that the proxy has, if any. */
    Optional<String> held() {
        return Optional.of(heldVersion()).filter(version -> !version.equals(ABSENT));
    }

    long since() {
        return since;
    }

    /** The proxy has it from an earlier stream. */
    void holdsVersion(String version) {
        heldVersion = version;
        if (desired != null && desired.version().equals(version)) {
            held = desired;
        }
    }

    /** @param now null when there is none */
    void want(@Nullable Served now, long at) {
        wanted = true;
        desire(now, at);
    }

    void unwant(long at) {
        wanted = false;
        desire(null, at);
    }

    private void desire(@Nullable Served now, long at) {
        if (!version(now).equals(desiredVersion())) {
            refusal = null;
            suspect = false;
            since = at;
        }
        desired = now;
        if (now != null && now.version().equals(heldVersion)) {
            held = now;
        }
    }

    /** To be sent once more, whatever the proxy has. */
    void force(long at) {
        forced = true;
        refusal = null;
        suspect = false;
        since = at;
    }

    void sent(String nonce) {
        flight = new Flight(nonce, desired);
        forced = false;
        suspect = false;
    }

    boolean inFlight(String nonce) {
        return flight != null && flight.nonce().equals(nonce);
    }

    boolean inFlight() {
        return flight != null;
    }

    void accepted() {
        held = flight == null ? held : flight.sent();
        heldVersion = version(held);
        flight = null;
        if (desired != null && desired.version().equals(heldVersion)) {
            held = desired;
        }
    }

    /** Refused together with others. */
    void suspected() {
        suspect = flight != null && version(flight.sent()).equals(desiredVersion());
        flight = null;
    }

    boolean suspect() {
        return suspect;
    }

    void refused(String message) {
        if (flight != null && version(flight.sent()).equals(desiredVersion())) {
            refusal = new Refusal(desiredVersion(), message);
        }
        flight = null;
    }

    /** Whether there is something to send, now or when the answer to what is on its way has come. */
    boolean due() {
        return forced || (refusal == null && !desiredVersion().equals(heldVersion()));
    }

    /** Whether the proxy has, or refused, what it should have. */
    boolean settled() {
        return flight == null && !due();
    }

    /** Whether the proxy was sent something that answers its subscription. */
    boolean answered() {
        return !forced && (flight != null || !due());
    }

    /** Whether nothing is left on the proxy and nothing is to be. */
    boolean gone() {
        return !wanted && settled() && heldVersion().equals(ABSENT);
    }

    /** Whether the proxy has a version that this stream has not sent, so that nobody knows what is in it. */
    boolean holdsUnknown() {
        return heldVersion != null
                && held == null
                && !heldVersion.equals(ABSENT)
                && !heldVersion.equals(desiredVersion());
    }

    /** Resources that some version needs which the proxy has, may have soon, or should have. */
    Collection<ResourceKey> needs() {
        var other = held == null || held == desired ? null : held;
        var sent = flight == null || flight.sent() == desired ? null : flight.sent();
        if (other == null && sent == null) {
            return needs(desired);
        }
        var needs = new HashSet<>(needs(desired));
        needs.addAll(needs(other));
        needs.addAll(needs(sent));
        return needs;
    }

    private static Collection<ResourceKey> needs(@Nullable Served served) {
        return served == null ? List.of() : served.requires();
    }

    /** How it stands, for the ledger. */
    Holding holding() {
        Collection<Origin> origins = desired == null ? List.of() : desired.origins();
        // What is on its way replaces what the proxy has.
        var isCurrent = desiredVersion().equals(heldVersion())
                && (flight == null || desiredVersion().equals(version(flight.sent())));
        var state = isCurrent ? State.CURRENT : refusal != null ? State.REJECTING : State.PENDING;
        return new Holding(
                key.name(),
                state,
                origins,
                isCurrent ? List.of() : stale(),
                refusal == null ? null : refusal.message());
    }

    private Collection<Origin> stale() {
        var has = stale(held);
        var coming = flight == null ? List.<Origin>of() : stale(flight.sent());
        if (has.isEmpty() || coming.isEmpty()) {
            return has.isEmpty() ? coming : has;
        }
        return Stream.concat(has.stream(), coming.stream()).toList();
    }

    private Collection<Origin> stale(@Nullable Served other) {
        return other == null || other == desired || other.version().equals(desiredVersion())
                ? List.of()
                : other.origins();
    }

    private String desiredVersion() {
        return version(desired);
    }

    private String heldVersion() {
        return heldVersion == null ? ABSENT : heldVersion;
    }

    private static String version(@Nullable Served served) {
        return served == null ? ABSENT : served.version();
    }
}
