// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import java.math.BigInteger;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Divides shares that are themselves parts of a whole, so that each keeps what it had. */
final class DividedWeights {
    private static final BigInteger LIMIT = BigInteger.valueOf(1_000_000);

    private DividedWeights() {}

    /**
     * Exact in small numbers; rounded, but never to nothing, where they would pass one million.
     *
     * @param whole the weight of each share
     * @param parts the weights of the parts of each share
     */
    static List<List<Integer>> of(List<Integer> whole, List<List<Integer>> parts) {
        if (parts.stream().allMatch(part -> part.size() == 1)) {
            return whole.stream().map(List::of).toList();
        }
        if (whole.size() == 1 && whole.getFirst() > 0) {
            // As they were given: callers who stay with a part are told apart by the sum of the weights.
            return parts;
        }
        var sums = parts.stream().map(DividedWeights::sum).toList();
        var product = sums.stream().reduce(BigInteger.ONE, BigInteger::multiply);
        var exact = IntStream.range(0, whole.size())
                .mapToObj(i -> parts.get(i).stream()
                        .map(part -> BigInteger.valueOf(whole.get(i))
                                .multiply(BigInteger.valueOf(part))
                                .multiply(product)
                                .divide(sums.get(i)))
                        .toList())
                .toList();
        var divisor = all(exact).reduce(BigInteger.ZERO, BigInteger::gcd).max(BigInteger.ONE);
        var largest = all(exact).reduce(BigInteger.ONE, BigInteger::max).divide(divisor);
        return exact.stream()
                .map(shares -> shares.stream()
                        .map(share -> fitting(share.divide(divisor), largest))
                        .toList())
                .toList();
    }

    private static int fitting(BigInteger share, BigInteger largest) {
        return largest.compareTo(LIMIT) <= 0 || share.signum() == 0
                ? share.intValueExact()
                : share.multiply(LIMIT).divide(largest).max(BigInteger.ONE).intValueExact();
    }

    /** Parts that are all 0 stay so. */
    private static BigInteger sum(List<Integer> weights) {
        return BigInteger.valueOf(
                Math.max(1, weights.stream().mapToLong(Integer::longValue).sum()));
    }

    private static Stream<BigInteger> all(List<List<BigInteger>> weights) {
        return weights.stream().flatMap(List::stream);
    }
}
