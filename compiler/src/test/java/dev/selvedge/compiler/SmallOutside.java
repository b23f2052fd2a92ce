// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler;

import static net.jqwik.api.Arbitraries.of;

import dev.selvedge.compiler.resource.Context;
import dev.selvedge.compiler.resource.ResourceKey;
import dev.selvedge.compiler.resource.ResourceName;
import dev.selvedge.compiler.resource.ResourceType;
import dev.selvedge.compiler.snapshot.ExternalService;
import dev.selvedge.compiler.snapshot.ExternalService.Protocol;
import dev.selvedge.compiler.snapshot.ExternalService.Visibility;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/** What is outside of {@link SmallWorld}: few hosts and ranges, so that they meet each other and what is inside. */
final class SmallOutside {
    private static final List<Integer> PORTS = List.of(80, 443, 3306);
    private static final List<String> HOSTS = List.of("a.example.com", "b.example.com");

    /** One that holds a pod, one that holds pods and Services, one of Services alone, everything. */
    private static final List<String> RANGES = List.of("203.0.113.0/24", "10.0.0.0/8", "10.96.0.0/16", "0.0.0.0/0");

    private SmallOutside() {}

    static Arbitrary<ExternalService> externalService() {
        var port = Combinators.combine(
                        of(PORTS), of(Protocol.class), of(443, 8443).optional(0.3))
                .as((number, protocol, originate) ->
                        new ExternalService.Port(number, protocol, originate.filter(_ -> protocol == Protocol.HTTP)));
        Arbitrary<Visibility> visibility = of(
                new Visibility.All(),
                new Visibility.Listed(List.of()),
                new Visibility.Listed(List.of("bank")),
                new Visibility.Listed(List.of("gone")));
        return Combinators.combine(
                        SmallWorld.meta(SmallWorld.named(SmallWorld.NAMES)),
                        of("a.example.com", "b.example.com", "*.example.com", "wrong")
                                .list()
                                .uniqueElements()
                                .ofMaxSize(2),
                        of(RANGES).list().uniqueElements().ofMaxSize(2),
                        port.list()
                                .uniqueElements(ExternalService.Port::port)
                                .ofMinSize(1)
                                .ofMaxSize(2),
                        visibility)
                .as(SmallOutside::sensible);
    }

    /** Mostly what can be used: hosts where a port has use for them, and ranges too. */
    private static ExternalService sensible(
            dev.selvedge.compiler.snapshot.Meta meta,
            List<String> hosts,
            List<String> ranges,
            List<ExternalService.Port> ports,
            Visibility visibility) {
        boolean named = ports.stream().anyMatch(port -> port.protocol() != Protocol.TCP);
        boolean addressed = ports.stream().anyMatch(port -> port.protocol() != Protocol.HTTP);
        return new ExternalService(meta, named ? hosts : List.of(), addressed ? ranges : List.of(), ports, visibility);
    }

    /** Resources that these shape. */
    static Stream<ResourceKey> keys() {
        var keys = new ArrayList<ResourceKey>();
        for (var port : PORTS) {
            keys.add(new ResourceKey(ResourceType.LISTENER, ResourceName.portListener(port), new Context.Shared()));
        }
        for (var namespace : SmallWorld.NAMESPACES) {
            var context = new Context.OfNamespace(namespace);
            for (var port : PORTS) {
                keys.add(new ResourceKey(ResourceType.ROUTE, ResourceName.externalRoute(port), context));
                for (var host : HOSTS) {
                    keys.add(new ResourceKey(ResourceType.CLUSTER, ResourceName.externalTls(host, port), context));
                    keys.add(new ResourceKey(ResourceType.CLUSTER, ResourceName.externalHttp(host, port), context));
                }
                RANGES.stream()
                        .map(range -> ResourceName.externalRange(range, port))
                        .map(name -> new ResourceKey(ResourceType.CLUSTER, name, context))
                        .forEach(keys::add);
                Stream.of("10.1.0.1", "10.96.0.1", "10.200.0.1", "203.0.113.1")
                        .map(address -> ResourceName.EXTERNAL_TCP + address + ":" + port)
                        .map(name -> new ResourceKey(ResourceType.CLUSTER, name, context))
                        .forEach(keys::add);
            }
        }
        keys.add(new ResourceKey(ResourceType.CLUSTER, "external|tls|no name:443", new Context.OfNamespace("shop")));
        keys.add(new ResourceKey(
                ResourceType.ENDPOINTS, ResourceName.EXTERNAL_TCP + "10.96.0.1:3306", new Context.Shared()));
        return keys.stream();
    }
}
