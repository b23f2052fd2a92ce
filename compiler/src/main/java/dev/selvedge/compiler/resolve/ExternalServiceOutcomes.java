// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import static java.util.stream.Collectors.joining;

import dev.selvedge.compiler.diagnostic.Condition;
import dev.selvedge.compiler.diagnostic.Condition.Reason;
import dev.selvedge.compiler.diagnostic.Outcome;
import dev.selvedge.compiler.policy.Validation;
import dev.selvedge.compiler.snapshot.ExternalService;
import dev.selvedge.compiler.snapshot.ExternalService.Protocol;
import dev.selvedge.compiler.snapshot.ExternalService.Visibility;
import dev.selvedge.compiler.snapshot.Mesh;
import dev.selvedge.compiler.snapshot.Reads;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;

/** What became of an ExternalService. */
final class ExternalServiceOutcomes {
    /** Stands for every namespace that none of two objects names. */
    private static final String ELSEWHERE = "";

    private ExternalServiceOutcomes() {}

    /**
     * What another object decides instead.
     *
     * @param conflict whether the other one was merely earlier; else it is of the namespace in question
     */
    private record Loss(String text, boolean conflict) {}

    static Outcome of(Reads reads, ExternalService service) {
        var losses = losses(reads, service);
        var accepted = Conditions.invalid(Validation.check(service), "Nothing of this object is applied.")
                .or(() -> Conditions.outside(reads, service.meta().name().namespace()))
                .orElseGet(() -> inForce(reads, service, losses));
        return Outcomes.outcome(
                service.ref(),
                service.meta(),
                List.of(accepted, resolvedRefs(reads, service)),
                losses.stream().map(Loss::text).toList());
    }

    private static Condition inForce(Reads reads, ExternalService service, List<Loss> losses) {
        var conflicts = losses.stream().filter(Loss::conflict).map(Loss::text).toList();
        var notes = Stream.concat(
                        losses.stream().filter(loss -> !loss.conflict()).map(Loss::text),
                        notes(reads, service).stream())
                .toList();
        var others = notes.isEmpty() ? "" : " " + Conditions.sentences(notes);
        return conflicts.isEmpty()
                ? Conditions.accepted("In force for workloads of " + audience(service) + "." + others)
                : Conditions.notAccepted(
                        Reason.CONFLICTED,
                        Conditions.sentences(conflicts) + " The oldest wins; the rest of this one applies." + others);
    }

    private static String audience(ExternalService service) {
        var own = "namespace " + service.meta().name().namespace();
        return switch (service.visibleTo()) {
            case Visibility.All() -> "every namespace of the mesh";
            case Visibility.Listed(var namespaces) ->
                namespaces.isEmpty() ? own : own + ", " + String.join(", ", new TreeSet<>(namespaces));
        };
    }

    /** What of it has no effect, and why. */
    private static List<String> notes(Reads reads, ExternalService service) {
        var notes = new ArrayList<String>();
        var services = reads.mesh().map(Meshes::serviceRanges).orElse(List.of());
        ExternalServices.ranges(service)
                .filter(range -> services.stream().anyMatch(it -> it.contains(range)))
                .map(range -> range + " is not used, since Services have their addresses there")
                .forEach(notes::add);
        var open = reads.mesh().map(Mesh::egress).stream().anyMatch(egress -> egress == Mesh.EgressMode.ALLOW);
        var tcp = service.ports().stream()
                .filter(port -> port.protocol() == Protocol.TCP)
                .map(port -> Integer.toString(port.port()))
                .collect(joining(", "));
        if (open && !tcp.isEmpty()) {
            notes.add("Egress is open, so TCP to port " + tcp + " passes in any case");
        }
        return notes;
    }

    private static Condition resolvedRefs(Reads reads, ExternalService service) {
        var names = service.visibleTo() instanceof Visibility.Listed(var namespaces) ? namespaces : List.<String>of();
        var unresolved = new ArrayList<String>();
        for (var name : new TreeSet<>(names)) {
            if (reads.namespace(name).isEmpty()) {
                unresolved.add("Namespace " + name + " does not exist");
            } else if (!Membership.isMember(reads, name)) {
                unresolved.add("Namespace " + name + " does not belong to the mesh");
            }
        }
        return Conditions.resolvedRefs(Reason.TARGET_NOT_FOUND, unresolved);
    }

    /** The hosts about which another object decides, for some of those for whom this one is. */
    private static List<Loss> losses(Reads reads, ExternalService service) {
        if (!ExternalServices.isInForce(reads, service)) {
            return List.of();
        }
        return service.ports().stream()
                .filter(port -> port.protocol() != Protocol.TCP)
                .flatMap(port -> ExternalServices.inForce(reads, port.protocol(), port.port())
                        .map(ExternalServices.Decision::service)
                        .filter(other -> !other.ref().equals(service.ref()))
                        .flatMap(other -> service.hosts().stream()
                                .filter(other.hosts()::contains)
                                .flatMap(host -> loss(service, other, host + ":" + port.port()).stream())))
                .sorted(Comparator.comparing(Loss::text))
                .toList();
    }

    private static Optional<Loss> loss(ExternalService service, ExternalService other, String host) {
        var lost = Stream.of(named(service), named(other), Stream.of(ELSEWHERE))
                .flatMap(names -> names)
                .distinct()
                .filter(namespace -> service.isVisibleTo(namespace) && other.isVisibleTo(namespace))
                .filter(namespace -> ExternalServices.precedence(namespace).compare(other, service) < 0)
                .sorted(Comparator.<String, Boolean>comparing(ELSEWHERE::equals)
                        .thenComparing(Comparator.naturalOrder()))
                .toList();
        var namespaces = lost.stream()
                .map(namespace -> namespace.equals(ELSEWHERE) ? "every other namespace" : "namespace " + namespace)
                .collect(joining(", "));
        return lost.isEmpty()
                ? Optional.empty()
                : Optional.of(new Loss(
                        "ExternalService " + other.meta().name() + " decides about " + host + " for workloads of "
                                + namespaces,
                        lost.stream().anyMatch(namespace -> isOf(service, namespace) == isOf(other, namespace))));
    }

    private static boolean isOf(ExternalService service, String namespace) {
        return service.meta().name().namespace().equals(namespace);
    }

    private static Stream<String> named(ExternalService service) {
        var listed = service.visibleTo() instanceof Visibility.Listed(var namespaces) ? namespaces : List.<String>of();
        return Stream.concat(Stream.of(service.meta().name().namespace()), listed.stream());
    }
}
