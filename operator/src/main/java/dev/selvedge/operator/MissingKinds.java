// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator;

import io.fabric8.kubernetes.client.KubernetesClientException;
import io.quarkus.logging.LoggingFilter;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.logging.Filter;
import java.util.logging.LogRecord;
import org.jboss.logmanager.ExtLogRecord;
import org.jspecify.annotations.Nullable;

/**
 * Has the log say once an hour, without a stack trace, that a kind is watched which the API server does not serve. The
 * Gateway API may be missing for good, and informers look for each of its kinds twice a minute.
 */
@LoggingFilter(name = "missing-kinds")
public final class MissingKinds implements Filter {
    private static final Duration PAUSE = Duration.ofHours(1);
    private static final String INFORMERS = "io.fabric8.kubernetes.client.informers";

    private final Map<String, Instant> said = new ConcurrentHashMap<>();

    @Override
    public boolean isLoggable(LogRecord record) {
        if (!(record instanceof ExtLogRecord line)
                || !String.valueOf(line.getLoggerName()).startsWith(INFORMERS)
                || !isNotFound(line.getThrown())) {
            return true;
        }
        var text = line.getFormattedMessage();
        line.setThrown(null);
        line.setMessage(text + ": the API server does not serve it", ExtLogRecord.FormatStyle.NO_FORMAT);
        return isDue(text, line.getInstant());
    }

    private boolean isDue(String text, Instant now) {
        return now.equals(said.merge(text, now, (last, next) -> next.isBefore(last.plus(PAUSE)) ? last : next));
    }

    private static boolean isNotFound(@Nullable Throwable thrown) {
        for (var cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof KubernetesClientException failure) {
                return failure.getCode() == HttpURLConnection.HTTP_NOT_FOUND;
            }
        }
        return false;
    }
}
