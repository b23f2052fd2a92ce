// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What must hold for the manifests of an installation. */
class ManifestsTest {
    private static final Path CONFIG = Path.of("../config");

    @ParameterizedTest
    @ValueSource(strings = {"crd", "base", "gateway-api", "samples/shop"})
    void everyFileIsListed(String folder) throws IOException {
        String listed = Files.readString(CONFIG.resolve(folder).resolve("kustomization.yaml"));
        assertThat(files(folder))
                .filteredOn(file -> !file.endsWith("kustomization.yaml"))
                .isNotEmpty()
                .allSatisfy(file -> assertThat(listed).contains("\n- " + file.getFileName() + "\n"));
    }

    @Test
    void everyRuleIsExplained() throws IOException {
        for (Path file : files("base")) {
            List<String> lines = Files.readAllLines(file);
            for (int line = 1; line < lines.size(); line++) {
                if (lines.get(line).startsWith("- apiGroups:")) {
                    assertThat(lines.get(line - 1)).as("%s:%d", file, line + 1).startsWith("# ");
                }
            }
        }
    }

    @Test
    void noRuleHasAWildcard() throws IOException {
        assertThat(rules()).hasSizeGreaterThan(20).allSatisfy(rule -> assertThat(
                        Stream.of(rule.getApiGroups(), rule.getResources(), rule.getVerbs())
                                .flatMap(List::stream))
                .noneMatch(text -> text.contains("*")));
    }

    @Test
    void secretsAreReachedByNameAndOnlyInOneNamespace() throws IOException {
        assertThat(rules())
                .filteredOn(rule -> rule.getResources().contains("secrets"))
                .isNotEmpty()
                .allSatisfy(rule -> assertThat(rule.getResourceNames()).isNotEmpty());
        assertThat(objects())
                .filteredOn(ClusterRole.class::isInstance)
                .flatExtracting(role -> ((ClusterRole) role).getRules())
                .noneMatch(rule -> rule.getResources().contains("secrets"));
    }

    /** The rotation Job runs the same image; kustomize's image setting does not reach a variable. */
    @Test
    void theOperatorIsToldItsOwnImage() throws IOException {
        var container = objects().stream()
                .filter(Deployment.class::isInstance)
                .map(Deployment.class::cast)
                .flatMap(d -> d.getSpec().getTemplate().getSpec().getContainers().stream())
                .findFirst()
                .orElseThrow();
        assertThat(container.getEnv())
                .filteredOn(variable -> variable.getName().equals("SELVEDGE_OPERATOR_IMAGE"))
                .singleElement()
                .satisfies(variable -> assertThat(variable.getValue()).isEqualTo(container.getImage()));
    }

    private static List<PolicyRule> rules() throws IOException {
        return objects().stream()
                .flatMap(object -> switch (object) {
                    case ClusterRole role -> role.getRules().stream();
                    case Role role -> role.getRules().stream();
                    default -> Stream.<PolicyRule>empty();
                })
                .toList();
    }

    private static List<Object> objects() throws IOException {
        var objects = new ArrayList<Object>();
        for (Path file : files("base")) {
            if (!file.endsWith("kustomization.yaml")) {
                for (String document : Files.readString(file).split("\n---\n")) {
                    objects.add(Serialization.unmarshal(document));
                }
            }
        }
        return objects;
    }

    private static List<Path> files(String folder) throws IOException {
        try (Stream<Path> files = Files.list(CONFIG.resolve(folder))) {
            return files.filter(file -> file.toString().endsWith(".yaml"))
                    .sorted()
                    .toList();
        }
    }
}
