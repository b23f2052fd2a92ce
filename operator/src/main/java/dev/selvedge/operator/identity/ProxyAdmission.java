// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.identity;

import dev.selvedge.compiler.snapshot.ObjectName;
import dev.selvedge.compiler.snapshot.Pod;
import dev.selvedge.operator.compile.CompileLoop;
import dev.selvedge.operator.identity.Refusal.Reason;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Decides which pod's proxy a caller is. What the proxy says of itself plays no part. */
public final class ProxyAdmission {
    private final CompileLoop loop;
    private final Duration patience;

    /** @param patience how long to wait for a pod that the informers have not brought yet */
    public ProxyAdmission(CompileLoop loop, Duration patience) {
        this.loop = loop;
        this.patience = patience;
    }

    /** The pod whose proxy the caller is. Blocks while the pod is waited for. */
    public Pod admit(Caller caller) throws Refusal {
        var name = caller.pod()
                .orElseThrow(() -> new Refusal(Reason.NOT_BOUND_TO_A_POD, "the token is not bound to a pod"));
        var pod = find(name, caller.binding().uid())
                .orElseThrow(() -> new Refusal(
                        Reason.UNKNOWN_POD,
                        "pod " + name + " with uid " + caller.binding().uid() + " is not known"));
        if (!pod.serviceAccount().equals(caller.serviceAccount().name())) {
            throw new Refusal(
                    Reason.WRONG_SERVICE_ACCOUNT,
                    "pod " + name + " runs as another service account than " + caller.serviceAccount());
        }
        if (pod.proxy() instanceof Pod.Proxy.None) {
            throw new Refusal(Reason.NO_PROXY_IN_POD, "pod " + name + " has no proxy of the mesh");
        }
        if (loop.read(compilation -> compilation.identity(name)).isEmpty()) {
            throw new Refusal(Reason.NOT_A_MEMBER, "pod " + name + " is not in a namespace of a mesh");
        }
        return pod;
    }

    private Optional<Pod> find(ObjectName name, String uid) throws Refusal {
        try {
            loop.await(
                    compilation -> compilation
                            .pod(name)
                            .filter(pod -> pod.uid().equals(uid))
                            .isPresent(),
                    patience.toMillis(),
                    TimeUnit.MILLISECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        return loop.read(compilation -> compilation.pod(name))
                .filter(pod -> pod.uid().equals(uid));
    }
}
