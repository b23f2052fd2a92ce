// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.ingest;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;

/** Objects as people write them. */
final class Yaml {
    private static final KubernetesSerialization SERIALIZATION = new KubernetesSerialization();

    private Yaml() {}

    static <T extends HasMetadata> T read(Class<T> type, String yaml) {
        // The marker keeps the client from taking YAML that begins with a brace for JSON.
        T object = SERIALIZATION.unmarshal("---\n" + yaml, type);
        if (object.getMetadata() == null) {
            object.setMetadata(new ObjectMeta());
        }
        return object;
    }
}
