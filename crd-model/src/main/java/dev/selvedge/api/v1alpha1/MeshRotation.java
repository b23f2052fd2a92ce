// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.v1alpha1;

import static java.util.Objects.requireNonNullElse;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/** {@code spec.identity.rotation} of a {@link Mesh}: how one trust anchor follows another. */
@ApiObject
public record MeshRotation(
        @Default("Active")
        @JsonPropertyDescription("Active: a rotation begins when it is due or requested, and goes from stage to stage."
                + " Paused: it stays in the stage that it is in, and none begins; issuers are still renewed."
                + " RollBack: one that is not yet Retiring is undone, and none begins."
                + " Default: Active. Enforced by the operator.")
        State state,

        @Pattern("^[A-Za-z0-9]([A-Za-z0-9._:-]*[A-Za-z0-9])?$")
        @Size(min = 1, max = 64)
        @JsonPropertyDescription("Asks for a new trust anchor now: any text that is not the last one, such as a date or"
                + " the number of a ticket; 1 to 64 letters, digits, '.', '_', ':' and '-'. status.trust.requested"
                + " shows the last one that was taken up. Default: none.")
        @Nullable
        String requested,

        @Default("24h")
        @Pattern(GatewayDuration.PATTERN)
        @Size(max = 32)
        @JsonPropertyDescription(
                "How long connections that were made under the old trust anchor may live on after every"
                        + " proxy has a certificate of the new one; then the old anchor is retired. Open connections are not"
                        + " verified again, so this is what bounds them: proxies end HTTP connections of each other after 1h and"
                        + " TCP connections after 24h. Less than 2m may leave a pod without the new anchor in its volume for a"
                        + " moment, which then cannot reach the operator. A duration such as 24h. Default: 24h.")
        String drain,

        @Default("1h")
        @Pattern(GatewayDuration.PATTERN)
        @Size(max = 32)
        @JsonPropertyDescription("How long a stage waits for proxies that are not connected: until they are back, their"
                + " pod is gone or their certificate has ended, and at most this long. Those that are connected are"
                + " waited for without a limit. A duration such as 1h. Default: 1h.")
        String waitForAbsent) {
    static final MeshRotation DEFAULT = new MeshRotation(State.ACTIVE, null, "24h", "1h");

    public MeshRotation {
        state = requireNonNullElse(state, State.ACTIVE);
        drain = requireNonNullElse(drain, "24h");
        waitForAbsent = requireNonNullElse(waitForAbsent, "1h");
    }

    /** What may happen to the trust anchor. */
    public enum State {
        @JsonProperty("Active")
        ACTIVE,
        @JsonProperty("Paused")
        PAUSED,
        @JsonProperty("RollBack")
        ROLL_BACK
    }
}
