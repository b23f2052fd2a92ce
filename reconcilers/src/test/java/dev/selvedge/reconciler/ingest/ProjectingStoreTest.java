// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ProjectingStoreTest {
    private final List<String> told = new ArrayList<>();
    private final ProjectingStore<ConfigMap, String> store = new ProjectingStore<>(
            ConfigMap.class, map -> Optional.ofNullable(map.getData().get("read")), new ProjectingStore.Listener<>() {
                @Override
                public void changed(String key, String current) {
                    told.add(key + "=" + current);
                }

                @Override
                public void gone(String key, String last) {
                    told.add("-" + key + "=" + last);
                }
            });

    @Test
    void onlyWhatIsReadAndDiffersIsTold() {
        put("a", "read", "1");
        put("a", "read", "1");
        put("a", "read", "2");

        assertThat(told).containsExactly("ns/a=1", "ns/a=2");
    }

    @Test
    void anObjectThatBecomesNothingToUsIsGoneOnce() {
        put("a", "read", "1");
        put("a", "other", "1");
        put("a", "other", "2");
        store.remove("ns/a");

        assertThat(told).containsExactly("ns/a=1", "-ns/a=1");
    }

    @Test
    void anObjectThatNeverMatteredIsNeverTold() {
        put("a", "other", "1");
        store.remove("ns/a");

        assertThat(told).isEmpty();
    }

    @Test
    void anObjectThatCannotBeReadStaysAsItWas() {
        put("a", "read", "1");
        store.put("ns/a", new ConfigMapBuilder().withData(null).build());

        assertThat(told).containsExactly("ns/a=1");
    }

    @Test
    void theInformerSeesNamesOnly() {
        put("a", "read", "1");

        assertThat(store.get("ns/a")).extracting(ConfigMap::getData).isEqualTo(Map.of());
        assertThat(store.values().map(store::getKey)).containsExactly("ns/a");
        assertThat(store.get("ns/b")).isNull();
    }

    private void put(String name, String key, String value) {
        var map = new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace("ns")
                .withName(name)
                .endMetadata()
                .addToData(key, value)
                .build();
        store.put(store.getKey(map), map);
    }
}
