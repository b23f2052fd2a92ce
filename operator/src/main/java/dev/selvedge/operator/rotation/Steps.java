// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.rotation;

import dev.selvedge.reconciler.pki.Authority;
import dev.selvedge.reconciler.pki.Certificates;
import dev.selvedge.reconciler.pki.KeyAndChain;
import dev.selvedge.reconciler.pki.TrustSecrets;
import dev.selvedge.reconciler.trust.Reason;
import dev.selvedge.reconciler.trust.TrustRecord;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/**
 * The steps of a rotation. Each is one write of the Secret with the issuer, which is done only while that is what the
 * step was decided on; the keys of anchors are written before they are needed and forgotten before nobody needs them. So a
 * Job that was killed at any point ends in the same state when it runs again, one that comes late changes nothing, and of
 * two that run at once one gives way.
 */
final class Steps {
    private static final Logger LOG = Logger.getLogger(Steps.class);

    private final Plan plan;
    private final Vault vault;
    private final Clock clock;
    private final Authority authority;

    Steps(Plan plan, Vault vault, Clock clock, SecureRandom random) {
        this.plan = plan;
        this.vault = vault;
        this.clock = clock;
        this.authority = new Authority(clock, random, plan.making().algorithm());
    }

    void run() {
        var stored = vault.read(TrustSecrets.ISSUER);
        var issuer = IssuerSecret.of(stored);
        if (issuer.isEmpty()) {
            begin(stored);
            return;
        }
        if (issuer.get().state().id().equals(plan.from())) {
            step(issuer.get(), stored);
        } else {
            LOG.infof(
                    "the step %s is done already, or not wanted any more",
                    plan.step().argument());
        }
    }

    private void step(IssuerSecret now, Optional<Vault.Stored> stored) {
        switch (plan.step()) {
            case BEGIN -> LOG.info("there is an issuer already");
            case RENEW -> renew(now, stored);
            case DISTRIBUTE -> distribute(now, stored, plan.reason());
            case SWITCH -> switchOver(now, stored);
            case RETIRE -> retire(now, stored);
            case RESTORE -> restore(now, stored);
            case WITHDRAW -> withdraw(now, stored);
        }
    }

    /** With the anchor that is there, if one is: somebody may have taken only the issuer away. */
    private void begin(Optional<Vault.Stored> stored) {
        var keys = keys();
        var anchor = keys.current();
        if (anchor == null || ended(anchor.certificate())) {
            anchor = authority.createAnchor(
                    plan.making().trustDomain(), plan.making().anchorLifetime());
            write(keys.with(anchor, keys.next()));
        }
        var next = keys.next();
        var bundle = Stream.concat(
                        anchor.chain().stream(), Stream.ofNullable(next).flatMap(n -> n.chain().stream()))
                .filter(a -> !ended(a))
                .toList();
        var rotating = bundle.size() > 1 && next != null
                ? new TrustRecord.Next(
                        Certificates.fingerprint(next.certificate()), Reason.KEY_LOST.text(), now(), true)
                : null;
        var record = TrustRecord.EMPTY.taken(plan.requested()).under(rotating);
        write(
                new IssuerSecret(sign(anchor), null, bundle, record)
                        .with(record.after(
                                past("Anchor", Reason.FIRST.text(), "Completed", anchor.certificate(), now()))),
                stored);
    }

    private void renew(IssuerSecret now, Optional<Vault.Stored> stored) {
        var anchor = now.state().signer().flatMap(signer -> keys().of(signer));
        if (anchor.isEmpty()) {
            if (now.state().next().isPresent()) {
                throw new IllegalStateException("the key of the trust anchor that signs is not in Secret "
                        + TrustSecrets.ANCHOR + "; the rotation under way brings another, let it go on");
            }
            distribute(now, stored, Reason.KEY_LOST);
            return;
        }
        var issuer = sign(anchor.get());
        write(
                now.signedBy(issuer, now.previous())
                        .with(now.record()
                                .after(past("Issuer", plan.reason().text(), "Completed", issuer.certificate(), now()))),
                stored);
    }

    private void distribute(IssuerSecret now, Optional<Vault.Stored> stored, Reason reason) {
        var keys = keys();
        var next = keys.next();
        if (next == null || !isFresh(next)) {
            next = authority.createAnchor(
                    plan.making().trustDomain(), plan.making().anchorLifetime());
            write(keys.with(keys.current(), next));
        }
        var rotating = new TrustRecord.Next(Certificates.fingerprint(next.certificate()), reason.text(), now(), false);
        var bundle = Stream.concat(now.bundle().stream().filter(anchor -> !ended(anchor)), next.chain().stream())
                .distinct()
                .toList();
        var record = now.record().under(rotating);
        if (plan.requested() != null) {
            record = record.taken(plan.requested());
        }
        var distributed = now.trusting(bundle).with(record);
        boolean worthless = now.state().signer().map(this::ended).orElse(true);
        write(worthless ? switched(distributed, next) : distributed, stored);
    }

    /** One that a Job made which was killed before it could tell. */
    private boolean isFresh(KeyAndChain anchor) {
        return !anchor.notAfter()
                .isBefore(clock.instant()
                        .plus(plan.making().anchorLifetime().multipliedBy(9).dividedBy(10)));
    }

    private void switchOver(IssuerSecret now, Optional<Vault.Stored> stored) {
        var next = now.state()
                .next()
                .flatMap(anchor -> keys().of(anchor))
                .orElseThrow(() -> new IllegalStateException("the key of the next trust anchor is not in Secret "
                        + TrustSecrets.ANCHOR + "; roll back, then request another rotation"));
        write(switched(now, next), stored);
    }

    private IssuerSecret switched(IssuerSecret now, KeyAndChain next) {
        var under = now.record().next();
        var former = ended(now.issuer().certificate()) ? null : now.issuer();
        return now.signedBy(sign(next), former)
                .with(now.record()
                        .under(
                                under == null
                                        ? null
                                        : new TrustRecord.Next(
                                                under.fingerprint(), under.reason(), under.started(), true)));
    }

    private void retire(IssuerSecret now, Optional<Vault.Stored> stored) {
        var next = now.state().next().orElseThrow(() -> new IllegalStateException("no trust anchor is to follow"));
        // First, so that no key is left behind that nobody needs; nothing that is still to be done needs the old one.
        var keys = keys();
        keys.of(next).filter(key -> keys.next() != null).ifPresent(key -> write(keys.with(key, null)));
        write(over(now, List.of(next), next, "Completed"), stored);
    }

    private void restore(IssuerSecret now, Optional<Vault.Stored> stored) {
        var next = now.state().next().map(Certificates::fingerprint).orElse("");
        var keys = keys();
        var old = now.bundle().stream()
                .filter(anchor -> !Certificates.fingerprint(anchor).equals(next) && !ended(anchor))
                .flatMap(anchor -> keys.of(anchor).stream())
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("the key of the old trust anchor is not in Secret "
                        + TrustSecrets.ANCHOR + ", or it has ended; set spec.identity.rotation.state to Active"));
        write(now.signedBy(sign(old), null), stored);
    }

    private void withdraw(IssuerSecret now, Optional<Vault.Stored> stored) {
        var next = now.state().next().orElseThrow(() -> new IllegalStateException("no trust anchor is to follow"));
        // First, or a Job that makes the next one later would take it for one that was made for it.
        var keys = keys();
        if (keys.next() != null) {
            write(keys.with(keys.current(), null));
        }
        var rest = now.bundle().stream().filter(anchor -> !anchor.equals(next)).toList();
        write(over(now, rest, next, "RolledBack"), stored);
    }

    private IssuerSecret over(IssuerSecret now, List<X509Certificate> bundle, X509Certificate next, String outcome) {
        var under = now.record().next();
        var past = past(
                "Anchor",
                under == null ? Reason.KEY_LOST.text() : under.reason(),
                outcome,
                next,
                under == null ? now() : under.started());
        return new IssuerSecret(
                now.issuer(), null, bundle, now.record().under(null).after(past));
    }

    private KeyAndChain sign(KeyAndChain anchor) {
        return authority.signIssuer(
                anchor, plan.making().trustDomain(), plan.making().issuerLifetime());
    }

    private AnchorKeys keys() {
        return AnchorKeys.of(vault.read(TrustSecrets.ANCHOR));
    }

    private void write(AnchorKeys keys) {
        vault.write(TrustSecrets.ANCHOR, keys.stored(), keys.entries());
    }

    private void write(IssuerSecret now, Optional<Vault.Stored> before) {
        vault.write(TrustSecrets.ISSUER, before, now.entries());
        LOG.infof(
                "done: %s; the issuer is good until %s, %d anchors are trusted",
                plan.step().argument(), now.issuer().notAfter(), now.bundle().size());
    }

    private boolean ended(X509Certificate certificate) {
        return !clock.instant().isBefore(certificate.getNotAfter().toInstant());
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.SECONDS);
    }

    private TrustRecord.Past past(String level, String reason, String outcome, X509Certificate made, Instant started) {
        return new TrustRecord.Past(level, reason, outcome, Certificates.fingerprint(made), started, now());
    }
}
