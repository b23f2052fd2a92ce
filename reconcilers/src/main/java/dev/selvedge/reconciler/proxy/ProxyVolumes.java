// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.proxy;

import static java.util.Objects.requireNonNullElse;

import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import io.fabric8.kubernetes.api.model.VolumeProjection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** The volumes of a proxy, and where it mounts them. */
public final class ProxyVolumes {
    /** The volume with the key that the kubelet made and the certificate that we signed for it. */
    public static final String CREDENTIALS_VOLUME = "selvedge-credentials";

    /** Who signs it. */
    public static final String SIGNER = "selvedge.dev/mesh";

    private static final String RUN = "/var/run/selvedge/";

    /** The folder of {@link #CREDENTIALS_VOLUME} in the proxy's container. */
    public static final String CREDENTIALS = RUN + "credentials";

    /** The file in it: the key, then the chain, as PEM; replaced as a whole. */
    public static final String CREDENTIAL_BUNDLE = "bundle.pem";

    /** Seconds; the kubelet renews it at four fifths. */
    private static final long TOKEN_EXPIRATION = 3600;

    /** Seconds; what the API server takes when a volume does not say how long a certificate may live. */
    private static final int DAY = 86_400;

    /** All volumes that are ever ours. */
    public static final Set<String> NAMES =
            Set.of(ProxyPod.TOKEN_VOLUME, ProxyPod.TRUST, ProxyPod.ADMIN_VOLUME, CREDENTIALS_VOLUME);

    private ProxyVolumes() {}

    /** What a proxy mounts. */
    public static List<Volume> of(ProxySettings settings) {
        return Stream.concat(
                        common().stream(),
                        Stream.ofNullable(settings.podCertificate()).map(ProxyVolumes::credentials))
                .toList();
    }

    /** How long a certificate of the pod's proxy lives at most, when the kubelet makes its key. */
    public static Optional<Duration> ownKey(PodSpec pod) {
        return requireNonNullElse(pod.getVolumes(), List.<Volume>of()).stream()
                .filter(volume -> volume.getName().equals(CREDENTIALS_VOLUME) && volume.getProjected() != null)
                .flatMap(volume -> volume.getProjected().getSources().stream())
                .map(VolumeProjection::getPodCertificate)
                .filter(source -> source != null && SIGNER.equals(source.getSignerName()))
                .map(source -> Duration.ofSeconds(requireNonNullElse(source.getMaxExpirationSeconds(), DAY)))
                .max(Comparator.naturalOrder());
    }

    private static Volume credentials(Duration lifetime) {
        return new VolumeBuilder()
                .withName(CREDENTIALS_VOLUME)
                .withNewProjected()
                .addNewSource()
                .withNewPodCertificate()
                .withSignerName(SIGNER)
                .withKeyType("ECDSAP256")
                .withMaxExpirationSeconds((int) lifetime.toSeconds())
                .withCredentialBundlePath(CREDENTIAL_BUNDLE)
                .endPodCertificate()
                .endSource()
                .endProjected()
                .build();
    }

    private static List<Volume> common() {
        return List.of(
                new VolumeBuilder()
                        .withName(ProxyPod.TOKEN_VOLUME)
                        .withNewProjected()
                        .addNewSource()
                        .withNewServiceAccountToken(ProxyPod.TOKEN_AUDIENCE, TOKEN_EXPIRATION, "token")
                        .endSource()
                        .endProjected()
                        .build(),
                new VolumeBuilder()
                        .withName(ProxyPod.TRUST)
                        .withNewConfigMap()
                        .withName(ProxyPod.TRUST)
                        .endConfigMap()
                        .build(),
                new VolumeBuilder()
                        .withName(ProxyPod.ADMIN_VOLUME)
                        .withNewEmptyDir()
                        .withMedium("Memory")
                        .endEmptyDir()
                        .build());
    }

    static List<VolumeMount> mounts(ProxySettings settings) {
        var mounts = new ArrayList<>(List.of(
                mount(ProxyPod.TOKEN_VOLUME, "token", true),
                mount(ProxyPod.TRUST, "trust", true),
                mount(ProxyPod.ADMIN_VOLUME, "admin", false)));
        if (settings.podCertificate() != null) {
            mounts.add(mount(CREDENTIALS_VOLUME, "credentials", true));
        }
        return mounts;
    }

    private static VolumeMount mount(String volume, String folder, boolean readOnly) {
        return new VolumeMountBuilder()
                .withName(volume)
                .withMountPath(RUN + folder)
                .withReadOnly(readOnly ? true : null)
                .build();
    }
}
