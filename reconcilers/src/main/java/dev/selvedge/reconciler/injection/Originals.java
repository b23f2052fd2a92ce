// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.injection;

import static java.util.Objects.requireNonNullElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a pod said before it was injected, kept in an annotation. A person sees what changed; and when the API server
 * shows us the pod again, because another webhook changed it after us, the injection starts from there.
 *
 * @param calls by {@code container/hook}
 * @param scraping annotations for Prometheus; null if they were not changed
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@JsonIgnoreProperties(ignoreUnknown = true)
record Originals(Map<String, Hook.Call> calls, @Nullable Map<String, String> scraping) {
    /** Written by us, and read only of a pod that has our sidecar. */
    static final String ANNOTATION = "selvedge.dev/original";

    private static final JsonMapper JSON = new JsonMapper();

    Originals {
        calls = requireNonNullElse(calls, Map.of());
    }

    boolean isEmpty() {
        return calls.isEmpty() && scraping == null;
    }

    String text() {
        try {
            return JSON.writeValueAsString(this);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Empty if it cannot be read: somebody else wrote it. */
    static Optional<Originals> parse(String text) {
        try {
            return Optional.ofNullable(JSON.readValue(text, Originals.class));
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
    }
}
