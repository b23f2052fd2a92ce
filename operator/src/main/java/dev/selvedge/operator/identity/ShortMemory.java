// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.identity;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Answers that are believed for a short time, and a bounded number of them: the eldest is forgotten first. */
public final class ShortMemory<K, V> {
    private record Answer<V>(V value, Instant until) {}

    private final Duration life;
    private final Clock steady;
    private final Map<K, Answer<V>> answers;

    /** @param steady is never set: an answer is not believed for longer because the clock was put back */
    public ShortMemory(int most, Duration life, Clock steady) {
        this.life = life;
        this.steady = steady;
        answers = new LinkedHashMap<>() {
            @Override
            protected boolean removeEldestEntry(Map.Entry<K, Answer<V>> eldest) {
                return size() > most;
            }
        };
    }

    public synchronized Optional<V> get(K key) {
        var answer = answers.get(key);
        if (answer != null && answer.until().isBefore(steady.instant())) {
            answers.remove(key);
            return Optional.empty();
        }
        return Optional.ofNullable(answer).map(Answer::value);
    }

    public synchronized void put(K key, V value) {
        answers.put(key, new Answer<>(value, steady.instant().plus(life)));
    }
}
