// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.generate;

import io.fabric8.crdv2.generator.CRDGenerator;
import io.fabric8.crdv2.generator.CRDPostProcessor;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.util.SortedMap;
import java.util.TreeMap;

/** The definitions of our kinds, by name, as they are checked in. */
final class Definitions {
    private static final String HEADER = """
            # SPDX-License-Identifier: Apache-2.0
            # Generated from the types in crd-model by `make generate`; do not edit.
            """;

    private Definitions() {}

    static SortedMap<String, CustomResourceDefinition> all() {
        var collected = new Collector();
        new CRDGenerator()
                .withParallelGenerationEnabled(false)
                .customResourceClasses(Kinds.ALL.stream()
                        .<Class<? extends HasMetadata>>map(Kinds::type)
                        .toList())
                .forCRDVersions("v1")
                .withPostProcessor(collected)
                .withOutput(new Discarded())
                .generate();
        return collected.definitions;
    }

    /** With quotes: without them the serializer writes the text {@code True} as a boolean. */
    static String yaml(CustomResourceDefinition definition) {
        return HEADER + new KubernetesSerialization().asYaml(definition);
    }

    private static final class Collector implements CRDPostProcessor {
        private final SortedMap<String, CustomResourceDefinition> definitions = new TreeMap<>();

        @Override
        public HasMetadata process(HasMetadata generated, String version) {
            var definition = Conventions.apply((CustomResourceDefinition) generated);
            definitions.put(definition.getMetadata().getName(), definition);
            return definition;
        }
    }

    /** The generator insists on writing; what it made was collected before. */
    private static final class Discarded extends CRDGenerator.AbstractCRDOutput<OutputStream> {
        @Override
        protected OutputStream createStreamFor(String name) {
            return new ByteArrayOutputStream();
        }
    }
}
