// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy.authorization;

import dev.selvedge.compiler.model.Cidr;
import io.envoyproxy.envoy.config.core.v3.CidrRange;
import io.envoyproxy.envoy.config.rbac.v3.Permission;
import io.envoyproxy.envoy.config.rbac.v3.Policy;
import io.envoyproxy.envoy.config.rbac.v3.Principal;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Envoy's rules for connections as terms of its expression language. They are read from the rules themselves, so that the two cannot say
 * different things.
 *
 * @param source the most specific range, of all that any rule names, in which the caller's address is; empty for none
 */
record CelTerms(Optional<Cidr> source) {
    private static final String CALLER = "connection.uri_san_peer_certificate";

    CelTerm of(Policy policy) {
        return CelTerm.all(Stream.of(
                CelTerm.any(policy.getPermissionsList().stream().map(this::permission)),
                CelTerm.any(policy.getPrincipalsList().stream().map(this::principal))));
    }

    private CelTerm permission(Permission permission) {
        return switch (permission.getRuleCase()) {
            case ANY -> CelTerm.ALWAYS;
            case AND_RULES ->
                CelTerm.all(permission.getAndRules().getRulesList().stream().map(this::permission));
            case OR_RULES ->
                CelTerm.any(permission.getOrRules().getRulesList().stream().map(this::permission));
            case NOT_RULE -> CelTerm.not(permission(permission.getNotRule()));
            case DESTINATION_PORT -> new CelTerm.Asked("destination.port == " + permission.getDestinationPort());
            default -> throw unknown(permission.getRuleCase());
        };
    }

    private CelTerm principal(Principal principal) {
        return switch (principal.getIdentifierCase()) {
            case ANY -> CelTerm.ALWAYS;
            case AND_IDS ->
                CelTerm.all(principal.getAndIds().getIdsList().stream().map(this::principal));
            case OR_IDS ->
                CelTerm.any(principal.getOrIds().getIdsList().stream().map(this::principal));
            case AUTHENTICATED -> caller(principal.getAuthenticated().getPrincipalName());
            case DIRECT_REMOTE_IP ->
                CelTerm.known(source.filter(range(principal.getDirectRemoteIp())::contains)
                        .isPresent());
            default -> throw unknown(principal.getIdentifierCase());
        };
    }

    private static CelTerm caller(StringMatcher name) {
        return switch (name.getMatchPatternCase()) {
            case EXACT -> new CelTerm.Asked(CALLER + " == " + CelTerm.quoted(name.getExact()));
            case PREFIX -> new CelTerm.Asked(CALLER + ".startsWith(" + CelTerm.quoted(name.getPrefix()) + ")");
            default -> throw unknown(name.getMatchPatternCase());
        };
    }

    static Cidr range(CidrRange range) {
        return Cidr.address(range.getAddressPrefix())
                .map(address -> new Cidr(address, range.getPrefixLen().getValue()))
                .orElseThrow(() -> new IllegalArgumentException("not an address: " + range.getAddressPrefix()));
    }

    private static IllegalArgumentException unknown(Enum<?> term) {
        return new IllegalArgumentException("no rule for connections has the term " + term);
    }
}
