// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.gateway;

import static java.util.Objects.requireNonNullElse;

import dev.selvedge.api.Labels;
import dev.selvedge.reconciler.proxy.ProxyPod;
import dev.selvedge.reconciler.proxy.ProxySettings;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.ServicePortBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Gateway;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Listener;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a Gateway owns, as a pure function. The objects are in its namespace, are named after it, carry what
 * {@code spec.infrastructure} asks for, and are collected with it by their owner reference. The number of replicas is
 * not ours: a person or an autoscaler sets it.
 */
public final class GatewayObjects {
    private static final String SUFFIX = "-selvedge";

    private GatewayObjects() {}

    /** The name of a Gateway's ServiceAccount, Deployment and Service. */
    public static String nameOf(String gateway) {
        return gateway + SUFFIX;
    }

    /** In the order in which they are applied. */
    public static List<HasMetadata> desired(Gateway gateway, ProxySettings settings) {
        return List.of(serviceAccount(gateway), deployment(gateway, settings), service(gateway));
    }

    static ServiceAccount serviceAccount(Gateway gateway) {
        return new ServiceAccountBuilder().withMetadata(meta(gateway)).build();
    }

    static Deployment deployment(Gateway gateway, ProxySettings settings) {
        var name = gateway.getMetadata().getName();
        var template = ProxyPod.gateway(settings, name, nameOf(name))
                .edit()
                .editMetadata()
                .addToLabels(labels(gateway))
                .addToAnnotations(annotations(gateway))
                .endMetadata()
                .build();
        return new DeploymentBuilder()
                .withMetadata(meta(gateway))
                .withNewSpec()
                .withNewSelector()
                .withMatchLabels(selector(gateway))
                .endSelector()
                .withTemplate(template)
                .endSpec()
                .build();
    }

    static Service service(Gateway gateway) {
        return new ServiceBuilder()
                .withMetadata(meta(gateway))
                .withNewSpec()
                .withType("LoadBalancer")
                .withSelector(selector(gateway))
                .withPorts(ports(gateway))
                .endSpec()
                .build();
    }

    /** Listeners that share a port share its Service port. */
    private static List<ServicePort> ports(Gateway gateway) {
        return gateway.getSpec().getListeners().stream()
                .map(Listener::getPort)
                .distinct()
                .sorted()
                .map(port -> new ServicePortBuilder()
                        .withName("port-" + port)
                        .withPort(port)
                        .withTargetPort(new IntOrString(port))
                        .withProtocol("TCP")
                        .build())
                .toList();
    }

    private static Map<String, String> selector(Gateway gateway) {
        return Map.of(Labels.GATEWAY_NAME, gateway.getMetadata().getName(), Labels.PROXY, "Gateway");
    }

    private static ObjectMeta meta(Gateway gateway) {
        return new ObjectMetaBuilder()
                .withNamespace(gateway.getMetadata().getNamespace())
                .withName(nameOf(gateway.getMetadata().getName()))
                .withLabels(labels(gateway))
                .withAnnotations(annotations(gateway))
                .withOwnerReferences(new OwnerReferenceBuilder()
                        .withApiVersion(gateway.getApiVersion())
                        .withKind(gateway.getKind())
                        .withName(gateway.getMetadata().getName())
                        .withUid(gateway.getMetadata().getUid())
                        .withController(true)
                        .build())
                .build();
    }

    private static Map<String, String> labels(Gateway gateway) {
        var labels = new TreeMap<String, String>();
        var infrastructure = gateway.getSpec().getInfrastructure();
        if (infrastructure != null) {
            labels.putAll(requireNonNullElse(infrastructure.getLabels(), Map.of()));
        }
        labels.put(Labels.GATEWAY_NAME, gateway.getMetadata().getName());
        labels.put("app.kubernetes.io/managed-by", "selvedge");
        return labels;
    }

    private static Map<String, String> annotations(Gateway gateway) {
        var infrastructure = gateway.getSpec().getInfrastructure();
        return infrastructure == null
                ? Map.of()
                : new TreeMap<>(requireNonNullElse(infrastructure.getAnnotations(), Map.of()));
    }
}
