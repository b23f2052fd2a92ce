// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.effective;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import dev.selvedge.compiler.Compilation;
import dev.selvedge.compiler.model.Tree;
import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.operator.compile.CompileLoop;
import dev.selvedge.operator.effective.Access.Right;
import dev.selvedge.operator.webhook.Reading;
import io.fabric8.kubernetes.api.model.authentication.UserInfo;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;

/**
 * Says what is in force for a Service or at a pod. Whoever asks presents a token for the API server and needs the right to
 * get the TrafficPolicies of that namespace; and for what other objects decide, the right to get those.
 */
public final class EffectiveEndpoint implements Reading {
    /** What its paths begin with. */
    public static final String PATH = "/effective/";

    /** Kinds and namespaces that are asked about for one answer, its own namespace first; what is beyond is withheld. */
    private static final int MOST_RIGHTS = 32;

    private static final Pattern ASKED =
            Pattern.compile("/effective/namespaces/([a-z0-9-]{1,63})/(services|pods)/([a-z0-9.-]{1,253})");
    private static final String BEARER = "bearer ";
    private static final ObjectWriter JSON = new ObjectMapper().writerWithDefaultPrettyPrinter();
    private static final Logger LOG = Logger.getLogger(EffectiveEndpoint.class);

    private final CompileLoop loop;
    private final Access access;

    public EffectiveEndpoint(CompileLoop loop, Access access) {
        this.loop = loop;
        this.access = access;
    }

    @Override
    public Answer get(String path, Optional<String> authorization) {
        var asked = ASKED.matcher(path);
        if (!asked.matches()) {
            return new Answer(
                    404,
                    "there is nothing at this path; ask for /effective/namespaces/NAMESPACE/services/NAME or"
                            + " /effective/namespaces/NAMESPACE/pods/NAME");
        }
        var name = new ObjectName(asked.group(1), asked.group(3));
        try {
            var user = token(authorization).flatMap(access::user);
            return user.isEmpty()
                    ? new Answer(401, "give a token that the API server takes, as Authorization: Bearer TOKEN")
                    : answer(user.get(), name, asked.group(2).equals("services"));
        } catch (KubernetesClientException e) {
            // Only the kind of failure: a client's message may quote the request.
            LOG.warnf(
                    "who may see what is in force is not known: %s",
                    e.getClass().getSimpleName());
            return new Answer(503, "the API server did not say who you are and what you may see; ask again");
        }
    }

    private static Optional<String> token(Optional<String> authorization) {
        return authorization
                .filter(header -> header.regionMatches(true, 0, BEARER, 0, BEARER.length()))
                .map(header -> header.substring(BEARER.length()).strip());
    }

    private Answer answer(UserInfo user, ObjectName name, boolean service) {
        var needed = new Right("selvedge.dev", "trafficpolicies", name.namespace());
        // Asked before anything is looked up, so that nobody learns without it what there is.
        if (!access.may(user, needed)) {
            return new Answer(
                    403,
                    "%s may not get %s in namespace %s; a Role or ClusterRole that is bound there must give that right"
                            .formatted(user.getUsername(), needed.resourceAndGroup(), name.namespace()));
        }
        if (!loop.isReady()) {
            return new Answer(503, "this replica does not know the cluster yet; ask again");
        }
        return loop.read(compilation -> look(compilation, name, service))
                .flatMap(Tree::of)
                .map(tree -> new Answer(Answer.OK, write(visible(user, name.namespace(), (Map<?, ?>) tree))))
                .orElseGet(() -> new Answer(404, missing(name, service)));
    }

    private static Optional<? extends Record> look(Compilation compilation, ObjectName name, boolean service) {
        return service ? compilation.effective(name) : compilation.effectiveAtPod(name);
    }

    private static String missing(ObjectName name, boolean service) {
        return service
                ? "Service %s does not exist, or its namespace does not belong to the mesh".formatted(name)
                : "Pod %s does not exist, has no sidecar, or its namespace does not belong to the mesh".formatted(name);
    }

    private Map<String, Object> visible(UserInfo user, String namespace, Map<?, ?> tree) {
        var have = new HashSet<Right>();
        Withholding.rights(tree).stream()
                .sorted(Comparator.comparing(right -> !right.namespace().equals(namespace)))
                .limit(MOST_RIGHTS)
                .filter(right -> access.may(user, right))
                .forEach(have::add);
        return Withholding.apply(tree, namespace, have::contains);
    }

    private static String write(Map<String, Object> answer) {
        try {
            return JSON.writeValueAsString(answer);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("maps, lists, texts and numbers can be written", e);
        }
    }
}
