// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.pki;

import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.time.Clock;
import java.time.Duration;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Lets an issuer sign what it is for and verifies it, as proxies will. So every rule of a path counts, such as the names
 * that an authority is constrained to, without a second reading of RFC 5280 here.
 */
record TrialLeaf(ProvidedIssuer.Usable provided, Clock clock, SecureRandom random) {
    private static final Duration LIFETIME = Duration.ofMinutes(5);

    /** The first name that it cannot vouch for, and why; empty when there is none. */
    Optional<String> mistake(ProvidedIssuer.Names names) {
        var issuer = new Issuer(provided.issuer(), List.of(provided.anchor()), clock, random);
        for (var domain : names.trustDomains()) {
            var leaf = issuer.issueWorkload("spiffe://" + domain + "/ns/trial/sa/trial", LIFETIME);
            var mistake = verify(leaf);
            if (mistake.isPresent()) {
                return Optional.of("It cannot sign for the trust domain " + domain + ": " + mistake.get()
                        + ". Its name constraints, if it has any, must permit that URI host.");
            }
        }
        for (var name : names.dnsNames()) {
            var mistake = verify(issuer.issueServing(List.of(name), LIFETIME));
            if (mistake.isPresent()) {
                return Optional.of("It cannot sign for the operator's own server " + name + ": " + mistake.get()
                        + ". Its name constraints, if it has any, must permit that DNS name.");
            }
        }
        return Optional.empty();
    }

    private Optional<String> verify(KeyAndChain leaf) {
        try {
            var anchor = provided.anchor();
            // Java takes no notice of what an anchor is constrained to, unlike proxies; as a part of the path it
            // counts.
            var path = Stream.concat(Stream.of(leaf.certificate()), AuthorityChecks.path(provided).stream())
                    .toList();
            var parameters = new PKIXParameters(
                    Set.of(new TrustAnchor(anchor.getSubjectX500Principal(), anchor.getPublicKey(), null)));
            parameters.setRevocationEnabled(false);
            parameters.setDate(Date.from(clock.instant()));
            CertPathValidator.getInstance("PKIX")
                    .validate(CertificateFactory.getInstance("X.509").generateCertPath(path), parameters);
            return Optional.empty();
        } catch (CertPathValidatorException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            return Optional.of("its certificates cannot be verified");
        }
    }
}
