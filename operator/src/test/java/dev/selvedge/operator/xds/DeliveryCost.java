// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.xds;

/**
 * What proxies received of one type.
 *
 * @param bytes of the resources, without what surrounds them in a response
 */
record DeliveryCost(int resources, int bytes, int removed) {
    static final DeliveryCost NONE = new DeliveryCost(0, 0, 0);

    DeliveryCost plus(DeliveryCost other) {
        return new DeliveryCost(resources + other.resources, bytes + other.bytes, removed + other.removed);
    }

    @Override
    public String toString() {
        return "resources %d, bytes %d, removed %d".formatted(resources, bytes, removed);
    }
}
