// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.reconciler.ingest;

import dev.selvedge.api.v1alpha1.ExternalServiceSpec;
import dev.selvedge.compiler.snapshot.ExternalService;
import java.util.Optional;

/** ExternalServices as the compiler reads them. Pure, as {@link PolicyIngest} is. */
public final class ExternalServiceIngest {
    private ExternalServiceIngest() {}

    public static Optional<ExternalService> externalService(dev.selvedge.api.v1alpha1.ExternalService service) {
        var spec = service.getSpec();
        return Optional.of(new ExternalService(
                Ingest.meta(service),
                spec.hosts(),
                spec.addresses(),
                spec.ports().stream().map(ExternalServiceIngest::port).toList(),
                visibility(spec.visibleTo())));
    }

    private static ExternalService.Port port(ExternalServiceSpec.Port port) {
        return new ExternalService.Port(
                port.port(),
                switch (port.protocol()) {
                    case HTTP -> ExternalService.Protocol.HTTP;
                    case TLS -> ExternalService.Protocol.TLS;
                    case TCP -> ExternalService.Protocol.TCP;
                },
                Optional.ofNullable(port.tls()).map(tls -> switch (tls.mode()) {
                    case ORIGINATE -> tls.port();
                }));
    }

    private static ExternalService.Visibility visibility(ExternalServiceSpec.VisibleTo visibleTo) {
        return switch (visibleTo.mode()) {
            case OWN, LISTED -> new ExternalService.Visibility.Listed(visibleTo.namespaces());
            case ALL -> new ExternalService.Visibility.All();
        };
    }
}
