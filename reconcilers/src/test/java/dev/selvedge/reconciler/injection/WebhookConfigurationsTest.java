// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.injection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.api.v1alpha1.LabelSelector;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class WebhookConfigurationsTest {
    private static final Path GOLDEN = Path.of("src/test/resources/dev/selvedge/reconciler/injection-webhooks");
    private static final MeshMembers MEMBERS = new MeshMembers(
            new LabelSelector(
                    Map.of("selvedge.dev/mesh", "default"),
                    List.of(new LabelSelector.Requirement("lab", LabelSelector.Operator.DOES_NOT_EXIST, List.of()))),
            "selvedge-system");

    @Test
    void theInjectorIsAskedAboutPodsOfTheMesh() throws IOException {
        check("injector.yaml", WebhookConfigurations.injector(MEMBERS, "selvedge", "PEM"));
    }

    @Test
    void theValidatorIsAskedAboutOurKinds() throws IOException {
        check("validator.yaml", WebhookConfigurations.validator("selvedge-system", "selvedge", "PEM"));
    }

    private static void check(String name, Object configuration) throws IOException {
        var text = Serialization.asYaml(configuration);
        if (Boolean.getBoolean("golden.update")) {
            Files.createDirectories(GOLDEN);
            Files.writeString(GOLDEN.resolve(name), text);
        }
        assertThat(text).isEqualTo(Files.readString(GOLDEN.resolve(name)));
    }
}
