// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.ingest;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A kind that is built into some API servers and not into others, watched where it is served. An API server serves it
 * from its start or not at all, so that asking once a minute is enough; one without it is asked without noise.
 */
public final class OptionalKind implements AutoCloseable {
    private static final Duration ASK_AGAIN = Duration.ofMinutes(1);
    private static final Logger log = LoggerFactory.getLogger(OptionalKind.class);

    /** @param versions the preferred one first */
    public record Names(String group, List<String> versions, String kind, String plural, boolean namespaced) {
        public Names {
            versions = List.copyOf(versions);
        }

        /** The kind in one of the versions. */
        public ResourceDefinitionContext in(String version) {
            return new ResourceDefinitionContext.Builder()
                    .withGroup(group)
                    .withVersion(version)
                    .withKind(kind)
                    .withPlural(plural)
                    .withNamespaced(namespaced)
                    .build();
        }
    }

    /** Who uses it, and hears of each object. */
    public interface User extends ResourceEventHandler<GenericKubernetesResource> {
        /** Says what to watch of it; it is started elsewhere. */
        SharedIndexInformer<GenericKubernetesResource> watch(ResourceDefinitionContext served);

        /** It is served in another version than before, or no more, or was asked for at the first time. */
        void answered();
    }

    private final KubernetesClient client;
    private final Names names;
    private final User user;
    private final Clock clock;
    private final AtomicBoolean asking = new AtomicBoolean();
    private volatile Instant askAt = Instant.MIN;
    private volatile @Nullable String version;
    private volatile @Nullable SharedIndexInformer<GenericKubernetesResource> informer;
    private boolean closed;

    public OptionalKind(KubernetesClient client, Names names, User user, Clock clock) {
        this.client = client;
        this.names = names;
        this.user = user;
        this.clock = clock;
    }

    /** Has the API server asked when it is time; returns at once. To be called now and then. */
    public void tick() {
        if (!clock.instant().isBefore(askAt) && asking.compareAndSet(false, true)) {
            Thread.startVirtualThread(() -> {
                try {
                    ask();
                } catch (KubernetesClientException e) {
                    log.debug("whether the API server serves {} is not known: {}", names.plural(), e.getMessage());
                } finally {
                    asking.set(false);
                }
            });
        }
    }

    /** Asks the API server; blocks, and holds up nobody who closes this meanwhile. */
    public void ask() {
        take(names.versions().stream().filter(this::serves).findFirst().orElse(null));
    }

    private synchronized void take(@Nullable String served) {
        boolean first = !isKnown();
        askAt = clock.instant().plus(ASK_AGAIN);
        boolean same = served == null ? version == null : served.equals(version);
        if (!same && !closed) {
            log.info("{} are {}", names.plural(), served == null ? "no longer served" : "served as " + served);
            stop();
            version = served;
            if (served != null) {
                informer = started(user.watch(names.in(served)));
            }
        }
        if (first || !same) {
            user.answered();
        }
    }

    private boolean serves(String candidate) {
        var resources = client.getApiResources(names.group() + "/" + candidate);
        return resources != null
                && resources.getResources().stream()
                        .anyMatch(resource -> resource.getName().equals(names.plural()));
    }

    private SharedIndexInformer<GenericKubernetesResource> started(
            SharedIndexInformer<GenericKubernetesResource> watching) {
        watching.exceptionHandler((_, _) -> true);
        watching.addEventHandler(user);
        watching.start();
        return watching;
    }

    /** Whether the API server has ever answered. */
    public boolean isKnown() {
        return !askAt.equals(Instant.MIN);
    }

    /** In which version it is served; empty when it is not, or that is not known. */
    public Optional<String> apiVersion() {
        return Optional.ofNullable(version).map(served -> names.group() + "/" + served);
    }

    /** The objects, as they were last seen. */
    public List<GenericKubernetesResource> objects() {
        var watching = informer;
        return watching == null ? List.of() : watching.getIndexer().list();
    }

    private void stop() {
        if (informer != null) {
            informer.close();
            informer = null;
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        stop();
    }
}
