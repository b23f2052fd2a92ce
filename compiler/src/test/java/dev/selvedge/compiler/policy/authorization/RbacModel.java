// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy.authorization;

import com.google.re2j.Pattern;
import io.envoyproxy.envoy.config.rbac.v3.Permission;
import io.envoyproxy.envoy.config.rbac.v3.Policy;
import io.envoyproxy.envoy.config.rbac.v3.Principal;
import io.envoyproxy.envoy.config.rbac.v3.RBAC;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import java.util.List;

/** Envoy's rules evaluated as its documentation says, for the terms that we write; any other term is an error. */
record RbacModel(String path, String method, String spiffeId, int port) {
    /** Whether a call passes all the filters. */
    boolean passes(List<RBAC> filters) {
        return filters.stream().allMatch(filter -> {
            boolean matched = filter.getPoliciesMap().values().stream().anyMatch(this::matches);
            return switch (filter.getAction()) {
                case ALLOW -> matched;
                case DENY -> !matched;
                case LOG, UNRECOGNIZED -> throw new AssertionError(filter.getAction());
            };
        });
    }

    private boolean matches(Policy policy) {
        return policy.getPermissionsList().stream().anyMatch(this::matches)
                && policy.getPrincipalsList().stream().anyMatch(this::matches);
    }

    private boolean matches(Permission term) {
        return switch (term.getRuleCase()) {
            case ANY -> true;
            case AND_RULES -> term.getAndRules().getRulesList().stream().allMatch(this::matches);
            case OR_RULES -> term.getOrRules().getRulesList().stream().anyMatch(this::matches);
            case NOT_RULE -> !matches(term.getNotRule());
            case DESTINATION_PORT -> term.getDestinationPort() == port;
            case URL_PATH -> matches(term.getUrlPath().getPath(), path);
            case HEADER -> {
                if (!term.getHeader().getName().equals(":method")) {
                    throw new AssertionError(term);
                }
                yield matches(term.getHeader().getStringMatch(), method);
            }
            default -> throw new AssertionError("not modelled: " + term);
        };
    }

    private boolean matches(Principal term) {
        return switch (term.getIdentifierCase()) {
            case ANY -> true;
            case AND_IDS -> term.getAndIds().getIdsList().stream().allMatch(this::matches);
            case OR_IDS -> term.getOrIds().getIdsList().stream().anyMatch(this::matches);
            case AUTHENTICATED -> matches(term.getAuthenticated().getPrincipalName(), spiffeId);
            default -> throw new AssertionError("not modelled: " + term);
        };
    }

    private static boolean matches(StringMatcher matcher, String value) {
        return switch (matcher.getMatchPatternCase()) {
            case EXACT ->
                matcher.getIgnoreCase()
                        ? matcher.getExact().equalsIgnoreCase(value)
                        : matcher.getExact().equals(value);
            case PREFIX -> value.startsWith(matcher.getPrefix());
            case SUFFIX -> value.endsWith(matcher.getSuffix());
            case SAFE_REGEX -> Pattern.matches(matcher.getSafeRegex().getRegex(), value);
            default -> throw new AssertionError("not modelled: " + matcher);
        };
    }
}
