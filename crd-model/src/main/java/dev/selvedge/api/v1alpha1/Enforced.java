// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.v1alpha1;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * What becomes of a field of a {@link TrafficPolicy} in Envoy: two columns of {@code docs/reference/traffic.md}. Every
 * field of its spec that holds no other fields has one, its own or that of what holds it.
 */
@Target(ElementType.FIELD)
@Retention(RetentionPolicy.RUNTIME)
public @interface Enforced {
    /** Envoy's field, from its resource on. */
    String value();

    /** Where it is enforced. */
    Place at() default Place.CLIENT;

    /** A proxy of a call, or the operator, which decides before any proxy does. */
    enum Place {
        CLIENT("client's proxy"),
        SERVER("server's proxy"),
        OPERATOR("operator");

        private final String text;

        Place(String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
