// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.proxy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.fasterxml.jackson.dataformat.yaml.util.StringQuotingChecker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;

/** Envoy's configuration as text and as a tree. Strings are put into a text only as JSON strings, which YAML contains. */
final class EnvoyYaml {
    /** Few quotes, since this is read in pods; but what the kubelet puts into a text must not become anything else. */
    private static final StringQuotingChecker QUOTING = new StringQuotingChecker.Default() {
        @Override
        public boolean needToQuoteValue(String value) {
            return value.contains("$(") || super.needToQuoteValue(value);
        }
    };

    private static final YAMLMapper YAML = YAMLMapper.builder(
                    YAMLFactory.builder().stringQuotingChecker(QUOTING).build())
            .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER, YAMLGenerator.Feature.SPLIT_LINES)
            .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES, YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
            .build();
    private static final JsonMapper JSON = new JsonMapper();
    private static final int MAX_TEXT = 8192;

    private EnvoyYaml() {}

    static ObjectNode resource(String name) {
        try (var in = EnvoyYaml.class.getResourceAsStream(name)) {
            return (ObjectNode) YAML.readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads a template of {@link String#format} in which each string argument becomes a quoted string. */
    static ObjectNode read(String template, Object... arguments) {
        var quoted = Arrays.stream(arguments)
                .map(argument -> argument instanceof String text ? quoted(text) : argument)
                .toArray();
        try {
            return (ObjectNode) YAML.readTree(template.formatted(quoted));
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String write(ObjectNode tree) {
        try {
            return YAML.writeValueAsString(tree);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A user's text that must reach Envoy as it is: the kubelet expands {@code $(NAME)} in arguments. */
    static String literal(String text) {
        return text.replace("$", "$$");
    }

    /** Refuses what is too long: reading a text takes the square of its length. */
    private static String quoted(String text) {
        if (text.length() > MAX_TEXT) {
            throw new IllegalArgumentException(
                    "\"%s…\" is longer than %d characters; shorten it".formatted(text.substring(0, 32), MAX_TEXT));
        }
        try {
            return JSON.writeValueAsString(text);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }
}
