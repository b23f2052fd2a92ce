// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.rotation;

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
import org.jspecify.annotations.Nullable;

/**
 * The steps of a rotation. Each is one write of the Secret with the issuer, which is done only while that is what the
 * step was decided on; the keys of anchors are written before they are needed and forgotten before nobody needs them. So a
 * Job that was killed at any point ends in the same state when it runs again, one that comes late changes nothing, and of
 * two that run at once one gives way.
 */
final class Steps {
    private static final Logger LOG = Logger.getLogger(Steps.class);
    private static final String NOTHING_FOLLOWS = "no trust anchor is to follow";

    private final Plan plan;
    private final Vault vault;
    private final Clock clock;
    private final OwnAnchors own;
    private final Takeover takeover;

    Steps(Plan plan, Vault vault, Clock clock, SecureRandom random) {
        this.plan = plan;
        this.vault = vault;
        this.clock = clock;
        this.own = new OwnAnchors(vault, plan.making(), clock, random);
        this.takeover = new Takeover(vault, plan.making(), clock);
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
            case TRUST -> write(now.besides(takeover.additional()), stored);
            case RESTORE -> restore(now, stored);
            case WITHDRAW -> withdraw(now, stored);
        }
    }

    /** With the anchor that is there, if one is: somebody may have taken only the issuer away. */
    private void begin(Optional<Vault.Stored> stored) {
        if (plan.making().provided()) {
            var provided = takeover.provided();
            var record = TrustRecord.EMPTY.by(true).in(plan.making().trustDomain());
            write(
                    new IssuerSecret(provided.issuer(), null, List.of(provided.anchor()), List.of(), record)
                            .with(record.after(
                                    past("Anchor", Reason.FIRST.text(), "Completed", provided.anchor(), now()))),
                    stored);
            return;
        }
        var anchor = own.first();
        var next = own.keys().next();
        var bundle = Stream.concat(
                        anchor.chain().stream(), Stream.ofNullable(next).flatMap(n -> n.chain().stream()))
                .filter(a -> !own.ended(a))
                .toList();
        var rotating = bundle.size() > 1 && next != null
                ? new TrustRecord.Next(
                        Certificates.fingerprint(next.certificate()), Reason.KEY_LOST.text(), now(), true, null)
                : null;
        var record = TrustRecord.EMPTY
                .taken(plan.requested())
                .under(rotating)
                .in(plan.making().trustDomain());
        write(
                new IssuerSecret(own.sign(anchor, plan.making().trustDomain()), null, bundle, List.of(), record)
                        .with(record.after(
                                past("Anchor", Reason.FIRST.text(), "Completed", anchor.certificate(), now()))),
                stored);
    }

    private void renew(IssuerSecret now, Optional<Vault.Stored> stored) {
        if (plan.making().provided()) {
            write(renewed(takeover.renewed(now)), stored);
            return;
        }
        var anchor = now.state().signer().flatMap(signer -> own.keys().of(signer));
        if (anchor.isEmpty()) {
            if (now.state().next().isPresent()) {
                throw new IllegalStateException("the key of the trust anchor that signs is not in Secret "
                        + TrustSecrets.ANCHOR + "; the rotation under way brings another, let it go on");
            }
            distribute(now, stored, Reason.KEY_LOST);
            return;
        }
        write(renewed(now.signedBy(own.sign(anchor.get(), trustDomain(now)), now.previous())), stored);
    }

    private IssuerSecret renewed(IssuerSecret now) {
        return now.with(now.record()
                .after(past(
                        "Issuer",
                        plan.reason().text(),
                        "Completed",
                        now.issuer().certificate(),
                        now())));
    }

    private void distribute(IssuerSecret now, Optional<Vault.Stored> stored, Reason reason) {
        var next = nextAnchor();
        var rotating = new TrustRecord.Next(Certificates.fingerprint(next), reason.text(), now(), false, move(now));
        var bundle = Stream.concat(now.bundle().stream().filter(anchor -> !own.ended(anchor)), Stream.of(next))
                .distinct()
                .toList();
        var record = now.record().under(rotating);
        if (plan.requested() != null) {
            record = record.taken(plan.requested());
        }
        var distributed = now.trusting(bundle).with(record);
        boolean worthless = now.state().signer().map(own::ended).orElse(true);
        write(worthless ? switched(distributed, next) : distributed, stored);
    }

    private X509Certificate nextAnchor() {
        return plan.making().provided()
                ? takeover.provided().anchor()
                : own.next().certificate();
    }

    private void switchOver(IssuerSecret now, Optional<Vault.Stored> stored) {
        write(switched(now, now.state().next().orElseThrow(() -> new IllegalStateException(NOTHING_FOLLOWS))), stored);
    }

    private IssuerSecret switched(IssuerSecret now, X509Certificate next) {
        var under = now.record().next();
        var domain = now.state().move().map(TrustRecord.Move::to).orElse(trustDomain(now));
        var former = own.ended(now.issuer().certificate()) ? null : now.issuer();
        var signed = plan.making().provided()
                ? takeover.switched(now, next)
                : now.signedBy(own.sign(own.key(next), domain), former)
                        .with(now.record().by(false));
        return signed.signedBy(signed.issuer(), former)
                .with(signed.record().in(domain).under(under == null ? null : under.onceSwitched()));
    }

    /** Of the certificates that the issuer in use signs. */
    private String trustDomain(IssuerSecret now) {
        return now.state().trustDomain(plan.making().trustDomain());
    }

    private TrustRecord.@Nullable Move move(IssuerSecret now) {
        var wanted = plan.making().trustDomain();
        return trustDomain(now).equals(wanted) ? null : new TrustRecord.Move(trustDomain(now), wanted);
    }

    private void retire(IssuerSecret now, Optional<Vault.Stored> stored) {
        var next = now.state().next().orElseThrow(() -> new IllegalStateException(NOTHING_FOLLOWS));
        // First, so that no key is left behind that nobody needs; nothing that is still to be done needs the old one.
        var keys = own.keys();
        var key = keys.of(next).orElse(null);
        if (keys.next() != null || (key == null && keys.current() != null)) {
            own.write(keys.with(key, null));
        }
        write(over(now, List.of(next), next, "Completed"), stored);
    }

    private void restore(IssuerSecret now, Optional<Vault.Stored> stored) {
        var domain = now.state().move().map(TrustRecord.Move::from).orElse(trustDomain(now));
        var keys = own.keys();
        var before = withoutNext(now);
        var key = before.stream()
                .filter(anchor -> !own.ended(anchor))
                .flatMap(anchor -> keys.of(anchor).stream())
                .findFirst();
        var bundle =
                Stream.concat(before.stream(), now.bundle().stream()).distinct().toList();
        write(
                now.trusting(bundle)
                        .signedBy(key.map(anchor -> own.sign(anchor, domain)).orElseGet(() -> provided(now)), null)
                        .with(now.record().by(key.isEmpty()).in(domain)),
                stored);
    }

    /** The issuer of before, where its anchor's key is somebody else's. */
    private KeyAndChain provided(IssuerSecret now) {
        var previous = now.previous();
        if (previous == null || own.ended(previous.certificate())) {
            throw new IllegalStateException("the key of the old trust anchor is not in Secret " + TrustSecrets.ANCHOR
                    + " or it has ended, and so has the old issuer; set spec.identity.rotation.state to Active");
        }
        return previous;
    }

    private void withdraw(IssuerSecret now, Optional<Vault.Stored> stored) {
        var next = now.state().next().orElseThrow(() -> new IllegalStateException(NOTHING_FOLLOWS));
        // First, or a Job that makes the next one later would take it for one that was made for it.
        var keys = own.keys();
        if (keys.next() != null) {
            own.write(keys.with(keys.current(), null));
        }
        write(over(now, withoutNext(now), next, "RolledBack"), stored);
    }

    /** The anchors of before; a move to another trust domain may be under the same. */
    private static List<X509Certificate> withoutNext(IssuerSecret now) {
        var next = now.state().next();
        return now.bundle().size() == 1
                ? now.bundle()
                : now.bundle().stream()
                        .filter(anchor -> !Optional.of(anchor).equals(next))
                        .toList();
    }

    private IssuerSecret over(IssuerSecret now, List<X509Certificate> bundle, X509Certificate next, String outcome) {
        var under = now.record().next();
        var past = past(
                now.bundle().size() == 1 ? "TrustDomain" : "Anchor",
                under == null ? Reason.KEY_LOST.text() : under.reason(),
                outcome,
                next,
                under == null ? now() : under.started());
        return new IssuerSecret(
                now.issuer(),
                null,
                bundle,
                now.additional(),
                now.record().under(null).after(past));
    }

    private void write(IssuerSecret now, Optional<Vault.Stored> before) {
        vault.write(TrustSecrets.ISSUER, before, now.entries());
        LOG.infof(
                "done: %s; the issuer is good until %s, %d anchors are trusted",
                plan.step().argument(), now.issuer().notAfter(), now.bundle().size());
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.SECONDS);
    }

    private TrustRecord.Past past(String level, String reason, String outcome, X509Certificate made, Instant started) {
        return new TrustRecord.Past(level, reason, outcome, Certificates.fingerprint(made), started, now());
    }
}
