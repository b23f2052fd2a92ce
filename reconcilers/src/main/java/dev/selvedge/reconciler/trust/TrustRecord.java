// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.trust;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What certificates do not say about a rotation. It is stored with the issuer, so that it changes in the same write.
 *
 * @param requested the last token that was taken up
 * @param next the rotation that is under way
 * @param history what is over, the latest first
 * @param trustDomain of the workloads that the issuer signs for; null in what was stored before it was known
 * @param provided whether the issuer is one that somebody else provided
 */
public record TrustRecord(
        @Nullable String requested,
        @Nullable Next next,
        List<Past> history,
        @Nullable String trustDomain,
        boolean provided) {
    /** Nothing has happened. */
    public static final TrustRecord EMPTY = new TrustRecord(null, null, List.of(), null, false);

    /** How much of the past is kept. */
    private static final int KEPT = 10;

    /** Versions of the operator follow one another: what one does not know it leaves out. */
    private static final JsonMapper JSON = JsonMapper.builder()
            .addModule(new JavaTimeModule())
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    public TrustRecord {
        history = history == null ? List.of() : List.copyOf(history);
    }

    /**
     * @param fingerprint of the anchor that is to follow
     * @param reason {@link Reason#text()}
     * @param switched whether an issuer of it has ever signed
     * @param move from a trust domain to another at the same time; null when there is none
     */
    public record Next(
            String fingerprint,
            String reason,
            Instant started,
            boolean switched,
            @Nullable Move move) {
        /** The same, after an issuer of it has signed. */
        public Next onceSwitched() {
            return new Next(fingerprint, reason, started, true, move);
        }
    }

    /** From the trust domain of the certificates of before to that of those that follow. */
    public record Move(String from, String to) {}

    /**
     * @param level {@code Anchor} or {@code Issuer}
     * @param outcome {@code Completed} or {@code RolledBack}
     */
    public record Past(
            String level, String reason, String outcome, String fingerprint, Instant started, Instant finished) {}

    /** The same with another rotation under way; null for none. */
    public TrustRecord under(@Nullable Next now) {
        return new TrustRecord(requested, now, history, trustDomain, provided);
    }

    /** The same with another token. */
    public TrustRecord taken(@Nullable String token) {
        return new TrustRecord(token, next, history, trustDomain, provided);
    }

    /** The same with an issuer that somebody else provided, or one of our own. */
    public TrustRecord by(boolean others) {
        return new TrustRecord(requested, next, history, trustDomain, others);
    }

    /** The same for workloads of another trust domain. */
    public TrustRecord in(@Nullable String another) {
        return new TrustRecord(requested, next, history, another, provided);
    }

    /** The same with something more behind it. */
    public TrustRecord after(Past past) {
        return new TrustRecord(
                requested,
                next,
                Stream.concat(Stream.of(past), history.stream()).limit(KEPT).toList(),
                trustDomain,
                provided);
    }

    /** As it is stored. */
    public String json() {
        try {
            return JSON.writeValueAsString(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a record of texts and times can be written", e);
        }
    }

    /** Reads what {@link #json()} wrote; what cannot be read counts as nothing. */
    public static TrustRecord read(String json) {
        try {
            return JSON.readValue(json, TrustRecord.class);
        } catch (JsonProcessingException e) {
            return EMPTY;
        }
    }
}
