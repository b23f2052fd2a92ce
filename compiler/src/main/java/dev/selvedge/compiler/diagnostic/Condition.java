// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.diagnostic;

/**
 * A condition that the compiler decides; {@code Programmed} is decided by delivery.
 *
 * @param message one or two sentences: what is so, why, what to do
 */
public record Condition(Type type, boolean status, Reason reason, String message) {
    public enum Type {
        ACCEPTED("Accepted"),
        RESOLVED_REFS("ResolvedRefs"),

        /** Of a listener, and good when it is false. */
        CONFLICTED("Conflicted");

        private final String text;

        Type(String text) {
            this.text = text;
        }

        /** The condition's type as Kubernetes shows it. */
        public String text() {
            return text;
        }
    }

    /** Why; the names follow GEP-713 and the Gateway API where they have one. */
    public enum Reason {
        ACCEPTED("Accepted"),
        RESOLVED_REFS("ResolvedRefs"),
        INVALID("Invalid"),
        CONFLICTED("Conflicted"),
        TARGET_NOT_FOUND("TargetNotFound"),
        NOT_A_MEMBER("NotAMember"),
        NO_MESH("NoMesh"),
        BACKEND_NOT_FOUND("BackendNotFound"),
        REF_NOT_PERMITTED("RefNotPermitted"),
        INVALID_KIND("InvalidKind"),
        UNSUPPORTED_VALUE("UnsupportedValue"),
        NO_MATCHING_PARENT("NoMatchingParent"),
        LISTENERS_NOT_VALID("ListenersNotValid"),
        NOT_ALLOWED_BY_LISTENERS("NotAllowedByListeners"),
        NO_MATCHING_LISTENER_HOSTNAME("NoMatchingListenerHostname"),
        UNSUPPORTED_PROTOCOL("UnsupportedProtocol"),
        PORT_UNAVAILABLE("PortUnavailable"),
        HOSTNAME_CONFLICT("HostnameConflict"),
        NO_CONFLICTS("NoConflicts"),
        INVALID_ROUTE_KINDS("InvalidRouteKinds"),
        ALLOWS_NOBODY("AllowsNobody");

        private final String text;

        Reason(String text) {
            this.text = text;
        }

        /** The reason as Kubernetes shows it. */
        public String text() {
            return text;
        }
    }
}
