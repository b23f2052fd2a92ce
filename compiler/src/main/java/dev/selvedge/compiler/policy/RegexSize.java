// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * How large a regular expression becomes when its counted repetitions are written out: {@code ((a{10}){10}){10}} is a
 * thousand. To be asked before the expression is compiled, since RE2/J writes them out whatever the size, and two dozen
 * characters then take all the memory there is.
 *
 * <p>Reads what RE2 reads, as far as it decides where a repetition begins and ends. Where the text is no RE2 expression
 * the size is that of the worst reading.
 */
final class RegexSize {
    private final String regex;
    private final Deque<Level> outer = new ArrayDeque<>();
    private Level level = new Level();
    private long worst = 1;
    private boolean unbalanced;
    private int at;

    /** One pair of parentheses. */
    private static final class Level {
        private long size;
        private long last;

        void add(long atom) {
            size = plus(size, atom);
            last = atom;
        }

        /** An operator: it belongs to the atom before it. */
        void extend() {
            size = plus(size, 1);
            last = plus(last, 1);
        }

        void repeat(long times) {
            long more = RegexSize.times(last, Math.max(times, 1) - 1);
            size = plus(size, more);
            last = plus(last, more);
        }
    }

    private RegexSize(String regex) {
        this.regex = regex;
    }

    /** The number of characters and classes to compare with, all repetitions written out. */
    static long of(String regex) {
        return new RegexSize(regex).read();
    }

    private long read() {
        while (at < regex.length()) {
            step(regex.charAt(at));
        }
        return unbalanced || !outer.isEmpty() ? times(regex.length(), worst) : level.size;
    }

    private void step(char c) {
        switch (c) {
            case '\\' -> escape();
            case '[' -> characterClass();
            case '(' -> {
                outer.push(level);
                level = new Level();
                at++;
            }
            case ')' -> close();
            case '{' -> repetition();
            case '*', '+', '?' -> {
                level.extend();
                at++;
            }
            default -> {
                level.add(1);
                at++;
            }
        }
    }

    private void close() {
        at++;
        if (outer.isEmpty()) {
            unbalanced = true;
            return;
        }
        // A group costs something even when it is empty.
        var inner = plus(level.size, 1);
        level = outer.pop();
        level.add(inner);
    }

    private void escape() {
        if (regex.startsWith("\\Q", at)) {
            int end = regex.indexOf("\\E", at + 2);
            int stop = end < 0 ? regex.length() : end;
            for (int i = at + 2; i < stop; i++) {
                level.add(1);
            }
            at = end < 0 ? stop : end + 2;
            return;
        }
        level.add(1);
        at += 2;
        if (at < regex.length() && regex.charAt(at) == '{' && "pPx".indexOf(regex.charAt(at - 1)) >= 0) {
            skipTo('}');
        }
    }

    private void characterClass() {
        level.add(1);
        at++;
        if (at < regex.length() && regex.charAt(at) == '^') {
            at++;
        }
        for (boolean first = true; at < regex.length(); first = false) {
            char c = regex.charAt(at);
            if (c == ']' && !first) {
                at++;
                return;
            }
            if (regex.startsWith("[:", at) && regex.indexOf(":]", at + 2) > 0) {
                at = regex.indexOf(":]", at + 2) + 2;
            } else {
                at += c == '\\' ? 2 : 1;
            }
        }
        unbalanced = true;
    }

    private void skipTo(char end) {
        int found = regex.indexOf(end, at);
        at = found < 0 ? regex.length() : found + 1;
        unbalanced |= found < 0;
    }

    /** {@code {n}}, {@code {n,}} and {@code {n,m}}; any other brace is a character. */
    private void repetition() {
        int end = regex.indexOf('}', at);
        var counts = end < 0 ? new String[0] : regex.substring(at + 1, end).split(",", -1);
        long most = 0;
        for (var count : counts) {
            most = Math.max(most, count(count));
        }
        if (counts.length < 1 || counts.length > 2 || counts[0].isEmpty() || count(counts[0]) < 0 || most < 0) {
            level.add(1);
            at++;
            return;
        }
        level.repeat(plus(most, 1));
        worst = times(worst, plus(most, 1));
        at = end + 1;
    }

    /** A count; 0 when it is left out; negative when it is none. */
    private static long count(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return -1;
            }
        }
        if (text.length() > 9) {
            return Integer.MAX_VALUE;
        }
        return text.isEmpty() ? 0 : Long.parseLong(text);
    }

    private static long plus(long a, long b) {
        return Math.min(a + b, Integer.MAX_VALUE);
    }

    private static long times(long a, long b) {
        return Math.min(a * b, Integer.MAX_VALUE);
    }
}
