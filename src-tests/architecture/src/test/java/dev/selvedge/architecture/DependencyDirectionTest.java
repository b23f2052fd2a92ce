// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The direction of dependencies, as docs/adr/0001 draws it. */
@AnalyzeClasses(packages = "dev.selvedge", importOptions = DoNotIncludeTests.class)
final class DependencyDirectionTest {
    @ArchTest
    static final ArchRule the_compiler_is_pure = noClasses()
            .that()
            .resideInAPackage("dev.selvedge.compiler..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.fabric8..",
                    "io.quarkus..",
                    "io.javaoperatorsdk..",
                    "io.grpc..",
                    "jakarta..",
                    "org.bouncycastle..",
                    "com.fasterxml..",
                    "dev.selvedge.api..",
                    "dev.selvedge.reconciler..",
                    "dev.selvedge.operator..",
                    "java.nio.file..",
                    "java.net.http..",
                    "java.util.concurrent..");

    @ArchTest
    static final ArchRule the_compiler_knows_no_clock_and_no_randomness = noClasses()
            .that()
            .resideInAPackage("dev.selvedge.compiler..")
            .should()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.time.Clock")
            .orShould()
            .callMethod(java.time.Instant.class, "now")
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(System.class, "nanoTime")
            .orShould()
            .dependOnClassesThat()
            .areAssignableTo(java.util.Random.class);

    @ArchTest
    static final ArchRule the_compiler_flows_from_snapshot_to_envoy = layeredArchitecture()
            .consideringOnlyDependenciesInAnyPackage("dev.selvedge.compiler..")
            .withOptionalLayers(true)
            .layer("snapshot")
            .definedBy("dev.selvedge.compiler.snapshot..")
            .layer("diagnostic")
            .definedBy("dev.selvedge.compiler.diagnostic..")
            .layer("resource")
            .definedBy("dev.selvedge.compiler.resource..")
            .layer("model")
            .definedBy("dev.selvedge.compiler.model..")
            .layer("resolve")
            .definedBy("dev.selvedge.compiler.resolve..")
            .layer("policy")
            .definedBy("dev.selvedge.compiler.policy..")
            .layer("translate")
            .definedBy("dev.selvedge.compiler.translate..")
            .layer("incremental")
            .definedBy("dev.selvedge.compiler.incremental..")
            .layer("compiler")
            .definedBy("dev.selvedge.compiler")
            .whereLayer("compiler")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("incremental")
            .mayOnlyBeAccessedByLayers("compiler")
            .whereLayer("translate")
            .mayOnlyBeAccessedByLayers("compiler")
            .whereLayer("resolve")
            .mayOnlyBeAccessedByLayers("compiler")
            .whereLayer("policy")
            .mayOnlyBeAccessedByLayers("resolve", "translate", "compiler")
            .whereLayer("model")
            .mayOnlyBeAccessedByLayers("resolve", "policy", "translate", "compiler")
            .whereLayer("resource")
            .mayOnlyBeAccessedByLayers("translate", "policy", "compiler");

    @ArchTest
    static final ArchRule envoy_is_known_to_translation_alone = noClasses()
            .that()
            .resideInAnyPackage(
                    "dev.selvedge.compiler.snapshot..",
                    "dev.selvedge.compiler.diagnostic..",
                    "dev.selvedge.compiler.model..",
                    "dev.selvedge.compiler.resolve..",
                    "dev.selvedge.compiler.incremental..",
                    "dev.selvedge.reconciler..",
                    "dev.selvedge.api..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.envoyproxy..", "com.google.protobuf..");

    @ArchTest
    static final ArchRule reconcilers_know_neither_quarkus_nor_the_operator = noClasses()
            .that()
            .resideInAPackage("dev.selvedge.reconciler..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.quarkus..",
                    "io.vertx..",
                    "io.grpc..",
                    "dev.selvedge.operator..",
                    "dev.selvedge.compiler.translate..",
                    "dev.selvedge.compiler.resolve..",
                    "dev.selvedge.compiler.resource..");

    @ArchTest
    static final ArchRule crd_types_hold_no_logic = noClasses()
            .that()
            .resideInAPackage("dev.selvedge.api..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("dev.selvedge.compiler..", "dev.selvedge.reconciler..", "dev.selvedge.operator..");

    @ArchTest
    static final ArchRule policies_do_not_know_each_other = slices().matching("dev.selvedge.compiler.policy.(*)..")
            .should()
            .notDependOnEachOther()
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule names_say_what_a_class_is = classes()
            .should()
            .haveSimpleNameNotEndingWith("Utils")
            .andShould()
            .haveSimpleNameNotEndingWith("Util")
            .andShould()
            .haveSimpleNameNotEndingWith("Helper")
            .andShould()
            .haveSimpleNameNotEndingWith("Manager")
            .orShould()
            .beAssignableTo(javax.net.ssl.X509ExtendedKeyManager.class);
}
