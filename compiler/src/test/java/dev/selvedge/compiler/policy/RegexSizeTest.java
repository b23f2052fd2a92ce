// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** What is let through to the compiler of expressions is never much larger than it looks. */
final class RegexSizeTest {
    /** Pieces of which every trap of the syntax can be made. */
    private static final List<String> PIECES = List.of(
            "a",
            "b",
            "(",
            "(?:",
            "(?P<n>",
            ")",
            ")",
            "[",
            "[^",
            "]",
            "[:alpha:]",
            "[:",
            ":]",
            "\\",
            "\\Q",
            "\\E",
            "\\pL",
            "\\p{Greek}",
            "\\x{41}",
            "\\[",
            "\\(",
            "|",
            "*",
            "+",
            "?",
            "{",
            "}",
            "{3}",
            "{9}",
            "{2,7}",
            "{4,}",
            "{,5}",
            "{0}",
            "{1,0}",
            "{1001}",
            ",",
            "^",
            "$",
            ".",
            "-");

    @Property(tries = 20_000, seed = "42")
    void an_expression_is_never_larger_than_estimated(@ForAll("expressions") String regex) {
        long size = RegexSize.of(regex);
        Assume.that(size < 100_000);
        // An atom with an operator and a group around it takes up to four instructions.
        compile(regex)
                .ifPresent(pattern ->
                        assertThat((long) pattern.programSize()).as(regex).isLessThanOrEqualTo(4 * size + 10));
    }

    @Example
    void ordinary_expressions_pass() {
        assertThat(List.of(
                        "(a+)+$",
                        "/api/v[0-9]+/users/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
                        "(?i)mozilla/[0-9]{1,3}(\\.[0-9]{1,3}){0,3}.*",
                        "[[:alnum:]()]{1,63}"))
                .allSatisfy(regex -> assertThat(RegexSize.of(regex)).isBetween(1L, (long) Findings.MAX_REGEX_SIZE));
    }

    @Example
    void nested_repetitions_are_multiplied_wherever_they_hide() {
        assertThat(List.of(
                        "(((a{1000}){1000}){1000})",
                        "((a{1000}b){1000}|c)",
                        "([[:alpha:])](a{1000})){1000}",
                        "(\\Q(\\E(a{1000})){1000}",
                        "([]a)](a{1000})){1000}",
                        "((?P<x>\\)a{1000})*){1000}",
                        "(a{1000}+?){1000}",
                        "(".repeat(8) + "a" + "{9})".repeat(8)))
                .allSatisfy(regex -> assertThat(RegexSize.of(regex)).isGreaterThan(Findings.MAX_REGEX_SIZE));
    }

    @Provide
    Arbitrary<String> expressions() {
        return Arbitraries.of(PIECES).list().ofMinSize(1).ofMaxSize(14).map(pieces -> String.join("", pieces));
    }

    private static Optional<Pattern> compile(String regex) {
        try {
            return Optional.of(Pattern.compile(regex));
        } catch (PatternSyntaxException _) {
            return Optional.empty();
        }
    }
}
