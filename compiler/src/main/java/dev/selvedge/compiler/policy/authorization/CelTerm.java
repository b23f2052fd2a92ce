// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy.authorization;

import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A condition on a connection, in the expression language of Envoy (CEL); what is known beforehand is not asked again. */
sealed interface CelTerm {
    CelTerm ALWAYS = new Known(true);
    CelTerm NEVER = new Known(false);

    record Known(boolean holds) implements CelTerm {}

    /** @param cel needs no parentheses around it */
    record Asked(String cel) implements CelTerm {}

    static CelTerm known(boolean holds) {
        return holds ? ALWAYS : NEVER;
    }

    static CelTerm not(CelTerm term) {
        return switch (term) {
            case Known(var holds) -> known(!holds);
            case Asked(var cel) -> new Asked("!(" + cel + ")");
        };
    }

    static CelTerm all(Stream<CelTerm> terms) {
        return join(terms, NEVER, " && ");
    }

    static CelTerm any(Stream<CelTerm> terms) {
        return join(terms, ALWAYS, " || ");
    }

    /** @param decisive the term that alone decides */
    private static CelTerm join(Stream<CelTerm> terms, CelTerm decisive, String operator) {
        var list = terms.toList();
        if (list.contains(decisive)) {
            return decisive;
        }
        var asked = list.stream()
                .filter(Asked.class::isInstance)
                .map(Asked.class::cast)
                .map(Asked::cel)
                .toList();
        return switch (asked.size()) {
            case 0 -> not(decisive);
            case 1 -> new Asked(asked.getFirst());
            default -> new Asked(asked.stream().collect(Collectors.joining(operator, "(", ")")));
        };
    }

    /** A text of CEL; letters, digits and {@code /:._[]-} and spaces stay as they are. */
    static String quoted(String text) {
        var quoted = new StringBuilder("'");
        for (char c : text.toCharArray()) {
            boolean plain = (c < 128 && Character.isLetterOrDigit(c)) || " /:._[]-".indexOf(c) >= 0;
            quoted.append(plain ? String.valueOf(c) : String.format("\\u%04x", (int) c));
        }
        return quoted.append("'").toString();
    }
}
