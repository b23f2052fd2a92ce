// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator;

import dev.selvedge.compiler.IncrementalCompiler;
import dev.selvedge.compiler.policy.Validation;
import dev.selvedge.operator.compile.CompileLoop;
import dev.selvedge.operator.delivery.Ledger;
import dev.selvedge.operator.identity.CallerInterceptor;
import dev.selvedge.operator.identity.IssuerWatch;
import dev.selvedge.operator.identity.ProxyAdmission;
import dev.selvedge.operator.identity.ServingKeyManager;
import dev.selvedge.operator.identity.TokenAuthenticator;
import dev.selvedge.operator.identity.TokenReviews;
import dev.selvedge.operator.identity.WorkloadCertificates;
import dev.selvedge.operator.webhook.PodAdmission;
import dev.selvedge.operator.webhook.PolicyAdmission;
import dev.selvedge.operator.webhook.WebhookServer;
import dev.selvedge.operator.xds.DeltaAds;
import dev.selvedge.operator.xds.XdsServer;
import dev.selvedge.reconciler.ingest.ClusterWatch;
import dev.selvedge.reconciler.injection.WebhookConfigurations;
import dev.selvedge.reconciler.status.MeshState;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * What every replica runs, leader or not: informers feed the compile loop, the loop feeds the xDS streams and the ledger,
 * and the webhooks answer.
 */
@ApplicationScoped
public class ControlPlane {
    private static final Duration POD_PATIENCE = Duration.ofSeconds(5);
    private static final Duration LEDGER_GRACE = Duration.ofSeconds(5);
    private static final long TICK_SECONDS = 2;

    private final ClusterWatch watch;
    private final CompileLoop loop;
    private final Ledger ledger;
    private final IssuerWatch issuers;
    private final Meshes meshes;
    private final DeltaAds ads;
    private final XdsServer xds;
    private final WebhookServer webhooks;
    private final KubernetesClient client;
    private final Settings settings;
    private final ScheduledExecutorService ticker =
            Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().name("tick").daemon().factory());
