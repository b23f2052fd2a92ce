// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.envoy;

import dev.selvedge.compiler.envoy.Certificates.Identity;

/** Who calls a pod of the shop. */
final class ShopCallers {
    static final Certificates MESH = new Certificates("cluster.local");
    static final Identity REVIEWS = MESH.issue("spiffe://cluster.local/ns/shop/sa/reviews");
    static final Identity RATINGS = MESH.issue("spiffe://cluster.local/ns/shop/sa/ratings");
    static final Identity THIRD = MESH.issue("spiffe://cluster.local/ns/shop/sa/third");

    /** Has the name of another in another namespace. */
    static final Identity LOOKALIKE = MESH.issue("spiffe://cluster.local/ns/shop-2/sa/reviews");

    private ShopCallers() {}
}
