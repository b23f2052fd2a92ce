// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import org.junit.jupiter.api.Test;

final class TrimmedStoreTest {
    private final TrimmedStore<ConfigMap> store = new TrimmedStore<>();

    @Test
    void it_keeps_what_a_user_wrote_and_no_record_of_who_wrote_it() {
        var written = new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace("shop")
                .withName("prices")
                .addToAnnotations("team", "checkout")
                .addToAnnotations(TrimmedStore.LAST_APPLIED, "{}")
                .addNewManagedField()
                .withManager("kubectl")
                .endManagedField()
                .endMetadata()
                .addToData("apple", "2")
                .build();

        assertThat(store.put(store.getKey(written), written)).isNull();
        var kept = store.get("shop/prices");

        assertThat(kept.getMetadata().getManagedFields()).isNullOrEmpty();
        assertThat(kept.getMetadata().getAnnotations()).containsOnlyKeys("team");
        assertThat(kept.getData()).containsEntry("apple", "2");
    }

    @Test
    void an_object_without_annotations_is_kept_as_it_is() {
        var written = new ConfigMapBuilder()
                .withNewMetadata()
                .withName("prices")
                .endMetadata()
                .build();
        store.put("prices", written);
        assertThat(store.get("prices")).isEqualTo(written);
    }
}
