// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.selvedge.cluster.Repository;
import dev.selvedge.testing.ApiServer;
import dev.selvedge.testing.Kubectl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Who may use the ServiceAccount that may read the key of the trust anchor, and for what. */
@Tag("cluster")
@ExtendWith(ApiServer.class)
class RotationAdmissionTest {
    private static final String OPERATOR = "--as=system:serviceaccount:selvedge-system:selvedge";
    private static final String JOB_CONTROLLER = "--as=system:serviceaccount:kube-system:job-controller";
    private static final String ADMINISTRATOR = "--request-timeout=30s";
    private static final String IMAGE = "selvedge.dev/operator:dev";
    private static final String NAME = "selvedge-rotation-0a1b2c3d-1";

    private final Kubectl kubectl;

    @TempDir
    private Path folder;

    RotationAdmissionTest(Kubectl kubectl) {
        this.kubectl = kubectl;
    }

    /** A policy is in force a moment after it was created. */
    @BeforeEach
    void awaitThePolicies() {
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            assertThat(create(ADMINISTRATOR, pod("default", "evil", "sh", NAME), true))
                    .startsWith("pod/");
            assertThat(create(ADMINISTRATOR, pod("selvedge-rotation", IMAGE, "rotate", NAME), true))
                    .contains("only the Job controller may create pods");
            assertThat(create(ADMINISTRATOR, job("selvedge-rotation"), true)).contains("only the operator may create");
            assertThat(kubectl.run("create", "token", "selvedge-rotation", "-n", "selvedge-system")
                            .text())
                    .contains("only kubelets may ask for tokens");
        });
    }

    @AfterEach
    void deletePods() {
        kubectl.run("delete", "pods", "-n", "selvedge-system", "--all", "--force", "--grace-period=0")
                .succeeded();
    }

    @Test
    void theJobsPodIsLetIn() throws IOException {
        assertThat(create(JOB_CONTROLLER, pod("selvedge-rotation", IMAGE, "rotate", NAME), true))
                .startsWith("pod/");
    }

    @Test
    void theOperatorsJobIsLetIn() throws IOException {
        assertThat(create(OPERATOR, job("selvedge-rotation"), true)).startsWith("job.batch/");
    }

    @Test
    void jobsOfOthersWithAnotherAccountAreNoneOfOurBusiness() throws IOException {
        assertThat(create(ADMINISTRATOR, job("default"), true)).startsWith("job.batch/");
    }

    @Test
    void anotherImageOrCommandIsRefusedEvenFromTheJobController() throws IOException {
        assertThat(create(JOB_CONTROLLER, pod("selvedge-rotation", "evil", "rotate", NAME), true))
                .contains("runs the command rotate of the image " + IMAGE);
        assertThat(create(JOB_CONTROLLER, pod("selvedge-rotation", IMAGE, "other", NAME), true))
                .contains("runs the command rotate of the image " + IMAGE);
    }

    @Test
    void theAccountIsForRotationJobsOnly() throws IOException {
        assertThat(create(JOB_CONTROLLER, pod("selvedge-rotation", IMAGE, "rotate", "backup"), true))
                .contains("belongs to a Job named selvedge-rotation-");
    }

    @Test
    void aRunningPodIsNeitherChangedNorEntered() throws IOException {
        create(JOB_CONTROLLER, pod("selvedge-rotation", IMAGE, "rotate", NAME), false);

        assertThat(onPod("set", "image", "pod/" + NAME + "-x", "rotate=evil")).contains("nobody changes what a pod");
        assertThat(onPod("debug", NAME + "-x", "--image=evil", "--profile=restricted"))
                .contains("nobody changes what a pod");
        assertThat(onPod("exec", NAME + "-x", "--", "sh")).contains("nobody may enter the pods of the rotation Job");
        assertThat(onPod("attach", NAME + "-x")).contains("nobody may enter the pods of the rotation Job");
        assertThat(onPod("annotate", "pod/" + NAME + "-x", "a=b")).contains("annotated");
    }

    @Test
    void withoutAnOperatorThereIsNoRotationButPodsCanGo() throws IOException {
        create(JOB_CONTROLLER, pod("selvedge-rotation", IMAGE, "rotate", NAME), false);
        onPod("delete", "deployment", "selvedge");
        try {
            await().untilAsserted(() -> assertThat(
                            create(JOB_CONTROLLER, pod("selvedge-rotation", IMAGE, "rotate", NAME), true))
                    .contains("denied"));
            assertThat(onPod("annotate", "pod/" + NAME + "-x", "a=b")).contains("annotated");
        } finally {
            kubectl.run(
                            "apply",
                            "--server-side",
                            "-k",
                            Repository.file("config/base").toString())
                    .succeeded();
        }
    }

    private String onPod(String... arguments) {
        var all = new ArrayList<>(List.of(arguments));
        all.addAll(1, List.of("-n", "selvedge-system"));
        return kubectl.run(all.toArray(String[]::new)).text();
    }

    private String create(String who, String manifest, boolean dryRun) throws IOException {
        var file = folder.resolve("object.yaml");
        Files.writeString(file, manifest);
        var mode = "--dry-run=" + (dryRun ? "server" : "none");
        return kubectl.run("create", mode, who, "-f", file.toString()).text();
    }

    private static String pod(String account, String image, String command, String owner) {
        return """
                apiVersion: v1
                kind: Pod
                metadata:
                  namespace: selvedge-system
                  name: %s-x
                  ownerReferences:
                  - {apiVersion: batch/v1, kind: Job, name: %s, uid: 0b5ed0f6-0000-0000-0000-000000000000, controller: true}
                spec: %s
                """.formatted(NAME, owner, spec(account, image, command));
    }

    private static String job(String account) {
        return """
                apiVersion: batch/v1
                kind: Job
                metadata: {namespace: selvedge-system, name: %s}
                spec: {template: {spec: %s}}
                """.formatted(NAME, spec(account, IMAGE, "rotate"));
    }

    private static String spec(String account, String image, String command) {
        return """
                {serviceAccountName: %s, restartPolicy: Never,
                   securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}},
                   containers: [{name: rotate, image: %s, args: [%s],
                     securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}}]}
                """.formatted(account, image, command).replace("\n", " ");
    }
}
