// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.jmh;

import dev.selvedge.reconciler.pki.Authority;
import dev.selvedge.reconciler.pki.Cryptography;
import dev.selvedge.reconciler.pki.Issuer;
import dev.selvedge.reconciler.pki.KeyAndChain;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** How many certificates of workloads one thread makes in a second, with a new key each. */
@State(Scope.Thread)
@Fork(value = 1, jvmArgs = "-XX:TieredStopAtLevel=1") // as operator/src/main/docker/java.args
@Warmup(iterations = 3, time = 3)
@Measurement(iterations = 5, time = 3)
@OutputTimeUnit(TimeUnit.SECONDS)
public class Issuance {
    private final Issuer issuer = issuer();
    private int pod;

    private static Issuer issuer() {
        if (!Cryptography.install()) {
            throw new IllegalStateException("the image has AWS-LC, and this is not what it would measure");
        }
        var clock = Clock.systemUTC();
        var random = new SecureRandom();
        var authority = new Authority(clock, random);
        var anchor = authority.createAnchor("cluster.local", Duration.ofDays(365));
        return new Issuer(
                authority.signIssuer(anchor, "cluster.local", Duration.ofDays(30)), anchor.chain(), clock, random);
    }

    @Benchmark
    public KeyAndChain workloadCertificate() {
        return issuer.issueWorkload("spiffe://cluster.local/ns/shop/sa/pod" + pod++, Duration.ofHours(24));
    }
}
