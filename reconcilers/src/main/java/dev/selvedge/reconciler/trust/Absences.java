// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.trust;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Since when proxies are missed. It begins anew with the process, when everybody is missed for a moment: a rotation waits
 * longer then, and never too short.
 */
public final class Absences {
    private final Map<String, Instant> missed = new HashMap<>();

    /** The same proxies with the times since when those that are away are missed. */
    public synchronized List<ProxyTrust> look(List<ProxyTrust> proxies, Instant now) {
        var away = new HashMap<String, Instant>();
        var looked = proxies.stream()
                .map(proxy -> {
                    if (proxy.connected()) {
                        return proxy;
                    }
                    var since = missed.getOrDefault(proxy.pod(), now);
                    away.put(proxy.pod(), since);
                    return proxy.since(since);
                })
                .toList();
        missed.clear();
        missed.putAll(away);
        return looked;
    }
}
