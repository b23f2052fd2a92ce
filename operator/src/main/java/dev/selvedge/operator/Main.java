// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator;

import dev.selvedge.operator.rotation.Rotation;
import dev.selvedge.reconciler.pki.Cryptography;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;
import java.util.List;
import org.jboss.logging.Logger;

/** Entry point of the image: {@code rotate} is the rotation Job's command, which needs no Quarkus; else the operator. */
@QuarkusMain
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        if (!Cryptography.install()) {
            Logger.getLogger(Main.class)
                    .warn("there is no AWS-LC for this platform: certificates and connections cost many times as much");
        }
        var arguments = List.of(args);
        if (!arguments.isEmpty() && arguments.getFirst().equals("rotate")) {
            // Exits by itself, since the client's event loops would keep the Job from ending.
            System.exit(Rotation.main(arguments.subList(1, arguments.size())));
        } else {
            Quarkus.run(args);
        }
    }
}
