// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.status;

import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes Events. That one cannot be written is logged and has no other consequence. */
public record EventWriter(KubernetesClient client, Clock clock) {
    private static final String COMPONENT = "selvedge";
    private static final int MAX_MESSAGE = 1024;
    private static final Logger log = LoggerFactory.getLogger(EventWriter.class);

    /** A warning about an object. */
    public void warn(HasMetadata object, String reason, String message) {
        warnOnce(object, UUID.randomUUID().toString(), reason, message);
    }

    /** A warning that is written once for each key, also over a restart; the first message stays. */
    public void warnOnce(HasMetadata object, String key, String reason, String message) {
        once(object, key, new Content("Warning", reason, message));
    }

    /** Something ordinary, that is written once for each key, also over a restart. */
    public void tellOnce(HasMetadata object, String key, String reason, String message) {
        once(object, key, new Content("Normal", reason, message));
    }

    private record Content(String type, String reason, String message) {}

    private void once(HasMetadata object, String key, Content content) {
        var reason = content.reason();
        var meta = object.getMetadata();
        var id = UUID.nameUUIDFromBytes((meta.getUid() + reason + key).getBytes(StandardCharsets.UTF_8));
        try {
            write(object, meta.getName() + "." + id.toString().substring(0, 18), content);
        } catch (KubernetesClientException e) {
            if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
                log.warn("The Event {} about {} cannot be written", reason, meta.getName(), e);
            }
        }
    }

    private void write(HasMetadata object, String name, Content content) {
        var message = content.message();
        var meta = object.getMetadata();
        // Events about cluster-scoped objects are kept in the namespace default.
        var namespace = meta.getNamespace() == null ? "default" : meta.getNamespace();
        var now = clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
        client.resource(new EventBuilder()
                        .withNewMetadata()
                        .withNamespace(namespace)
                        .withName(name)
                        .endMetadata()
                        .withNewInvolvedObject()
                        .withApiVersion(object.getApiVersion())
                        .withKind(object.getKind())
                        .withNamespace(meta.getNamespace())
                        .withName(meta.getName())
                        .withUid(meta.getUid())
                        .endInvolvedObject()
                        .withType(content.type())
                        .withReason(content.reason())
                        .withMessage(message.substring(0, Math.min(message.length(), MAX_MESSAGE)))
                        .withReportingComponent(COMPONENT)
                        .withNewSource()
                        .withComponent(COMPONENT)
                        .endSource()
                        .withFirstTimestamp(now)
                        .withLastTimestamp(now)
                        .withCount(1)
                        .build())
                .create();
    }
}
