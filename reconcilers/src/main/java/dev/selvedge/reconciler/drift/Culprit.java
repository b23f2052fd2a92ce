// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.drift;

import static java.util.Comparator.comparing;
import static java.util.Comparator.naturalOrder;
import static java.util.Comparator.nullsFirst;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import java.util.List;

/** Finds who changed an object, in its own record of field managers. */
final class Culprit {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private Culprit() {}

    /**
     * The manager that owns the fields that differ; when nobody does (they were removed), the last other manager that
     * wrote the object; {@code unknown} when there is none.
     */
    static String of(HasMetadata object, List<FieldPath> fields) {
        var others = object.getMetadata().getManagedFields().stream()
                .filter(entry -> !OwnedObjects.FIELD_MANAGER.equals(entry.getManager()))
                .filter(entry ->
                        entry.getSubresource() == null || entry.getSubresource().isEmpty())
                .toList();
        var owners = others.stream()
                .filter(entry -> fields.stream().anyMatch(field -> field.isIn(MAPPER.valueToTree(entry.getFieldsV1()))))
                .map(ManagedFieldsEntry::getManager)
                .distinct()
                .toList();
        if (!owners.isEmpty()) {
            return String.join(", ", owners);
        }
        return others.stream()
                .max(comparing(ManagedFieldsEntry::getTime, nullsFirst(naturalOrder())))
                .map(ManagedFieldsEntry::getManager)
                .orElse("unknown");
    }
}
