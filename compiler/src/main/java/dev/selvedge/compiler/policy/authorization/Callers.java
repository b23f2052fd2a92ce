// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy.authorization;

import com.google.protobuf.UInt32Value;
import dev.selvedge.compiler.model.SpiffeId;
import dev.selvedge.compiler.policy.StringMatchers;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy.Action;
import dev.selvedge.compiler.snapshot.AuthorizationPolicy.Source;
import dev.selvedge.compiler.snapshot.TrustDomains;
import io.envoyproxy.envoy.config.core.v3.CidrRange;
import io.envoyproxy.envoy.config.rbac.v3.Principal;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Who: the {@code from} of a rule. */
final class Callers {
    private Callers() {}

    /** Empty when no caller on this chain can match. */
    static Optional<List<Principal>> principals(Action action, Caller caller, TrustDomains domains, List<Source> from) {
        if (from.isEmpty()) {
            return Optional.of(List.of(RuleTerms.ANYBODY));
        }
        var principals = from.stream()
                .flatMap(source -> principal(action, caller, domains, source).stream())
                .toList();
        return principals.isEmpty() ? Optional.empty() : Optional.of(principals);
    }

    private static Optional<Principal> principal(Action action, Caller caller, TrustDomains domains, Source source) {
        var terms = new ArrayList<Principal>();
        boolean namesIdentity =
                !source.serviceAccounts().isEmpty() || !source.namespaces().isEmpty();
        if (namesIdentity && !caller.identified()) {
            // A caller without an identity is never the one that is allowed, and may be the one that is denied.
            if (action == Action.ALLOW) {
                return Optional.empty();
            }
        } else {
            if (!source.serviceAccounts().isEmpty()) {
                terms.add(RuleTerms.someOf(source.serviceAccounts().stream()
                        .flatMap(account -> SpiffeId.accepted(domains, account).stream())
                        .map(id -> identity(StringMatchers.exact(id)))
                        .toList()));
            }
            if (!source.namespaces().isEmpty()) {
                terms.add(RuleTerms.someOf(source.namespaces().stream()
                        .flatMap(namespace -> SpiffeId.acceptedOfNamespace(domains, namespace).stream())
                        .map(prefix -> identity(StringMatchers.prefix(prefix)))
                        .toList()));
            }
        }
        if (!source.ipBlocks().isEmpty()) {
            terms.add(RuleTerms.someOf(
                    source.ipBlocks().stream().map(Callers::ipBlock).toList()));
        }
        return Optional.of(RuleTerms.allOf(terms));
    }

    private static Principal identity(StringMatcher uriSan) {
        return Principal.newBuilder()
                .setAuthenticated(Principal.Authenticated.newBuilder().setPrincipalName(uriSan))
                .build();
    }

    /** The address of the connection itself: what a header claims about the caller's address decides nothing. */
    private static Principal ipBlock(String block) {
        int slash = block.indexOf('/');
        var address = slash < 0 ? block : block.substring(0, slash);
        int bits = slash < 0 ? (address.indexOf(':') < 0 ? 32 : 128) : Integer.parseInt(block.substring(slash + 1));
        return Principal.newBuilder()
                .setDirectRemoteIp(
                        CidrRange.newBuilder().setAddressPrefix(address).setPrefixLen(UInt32Value.of(bits)))
                .build();
    }
}
