// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy;

import static java.util.function.Function.identity;

import dev.selvedge.compiler.diagnostic.FieldError;
import dev.selvedge.compiler.model.Cidr;
import dev.selvedge.compiler.model.DnsName;
import dev.selvedge.compiler.model.ProxyPorts;
import dev.selvedge.compiler.snapshot.ExternalService;
import dev.selvedge.compiler.snapshot.ExternalService.Port;
import dev.selvedge.compiler.snapshot.ExternalService.Protocol;
import java.util.List;

/** What is wrong with an ExternalService by itself. */
final class ExternalServiceRules {
    private ExternalServiceRules() {}

    static List<FieldError> check(ExternalService service) {
        var findings = new Findings();
        hosts(findings, service);
        addresses(findings, service);
        if (service.ports().isEmpty()) {
            findings.add("spec.ports", "", "names nothing", "give at least one port");
        }
        findings.unique("spec.ports", service.ports(), Port::port, "port");
        for (int i = 0; i < service.ports().size(); i++) {
            port(findings, "spec.ports[" + i + "]", service.ports().get(i));
        }
        return findings.list();
    }

    private static void hosts(Findings findings, ExternalService service) {
        boolean http = speaks(service, Protocol.HTTP);
        findings.unique("spec.hosts", service.hosts(), identity(), "host");
        for (int i = 0; i < service.hosts().size(); i++) {
            var host = service.hosts().get(i);
            var field = "spec.hosts[" + i + "]";
            if (!DnsName.isHost(host) && !DnsName.isWildcard(host)) {
                findings.add(
                        field,
                        host,
                        "is not a DNS name of at least two labels in lower case",
                        "write it like api.example.com or *.example.com; addresses belong to spec.addresses");
            } else if (http && DnsName.isWildcard(host)) {
                findings.add(
                        field,
                        host,
                        "is a wildcard, which a port with protocol HTTP cannot have",
                        "list the hosts, or use an ExternalService of its own for the TLS ports");
            }
        }
        if (service.hosts().isEmpty() && (http || speaks(service, Protocol.TLS))) {
            findings.add("spec.hosts", "", "names nothing", "ports with protocol TLS or HTTP need at least one host");
        }
        if (!service.hosts().isEmpty() && !http && !speaks(service, Protocol.TLS)) {
            findings.add(
                    "spec.hosts",
                    service.hosts().getFirst(),
                    "is not used, since TCP does not say which host is called",
                    "give a port with protocol TLS or HTTP, or leave hosts out");
        }
    }

    private static void addresses(Findings findings, ExternalService service) {
        boolean tcp = speaks(service, Protocol.TCP);
        findings.unique("spec.addresses", service.addresses(), identity(), "range");
        for (int i = 0; i < service.addresses().size(); i++) {
            var range = service.addresses().get(i);
            if (Cidr.parse(range).isEmpty()) {
                findings.add(
                        "spec.addresses[" + i + "]",
                        range,
                        "is not a range in CIDR form without host bits",
                        "write it like 203.0.113.0/24, a single address like 203.0.113.7/32");
            }
        }
        if (tcp && service.addresses().isEmpty()) {
            findings.add("spec.addresses", "", "names nothing", "ports with protocol TCP need at least one range");
        }
        if (!service.addresses().isEmpty() && !tcp && !speaks(service, Protocol.TLS)) {
            findings.add(
                    "spec.addresses",
                    service.addresses().getFirst(),
                    "is not used: HTTP is looked at on its way to addresses outside of the cluster only",
                    "leave addresses out, or give a port with protocol TCP or TLS");
        }
    }

    private static void port(Findings findings, String field, Port port) {
        findings.port(field + ".port", port.port());
        if (ProxyPorts.isReserved(port.port())) {
            findings.add(
                    field + ".port", port.port(), "is a port of the proxy itself", "use one outside of 15000-15199");
        }
        port.originate().ifPresent(originate -> {
            findings.port(field + ".tls.port", originate);
            if (port.protocol() != Protocol.HTTP) {
                findings.add(
                        field + ".tls",
                        port.protocol(),
                        "only a port with protocol HTTP can have TLS added",
                        "leave tls out; with protocol TLS the application encrypts by itself");
            }
        });
    }

    private static boolean speaks(ExternalService service, Protocol protocol) {
        return service.ports().stream().anyMatch(port -> port.protocol() == protocol);
    }
}
