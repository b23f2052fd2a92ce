// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.selvedge.compiler.model.AppProtocol;
import dev.selvedge.compiler.snapshot.Service;
import dev.selvedge.compiler.snapshot.TrafficPolicy.Protocol;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class AppProtocolsTest {
    @ParameterizedTest
    @CsvSource(nullValues = "-", textBlock = """
            # declared, appProtocol,       name,      port, expected
              -,        -,                 '',        8080, DETECTED
              -,        -,                 http,      8080, HTTP
              -,        -,                 http-api,  8080, HTTP
              -,        -,                 httpapi,   8080, DETECTED
              -,        -,                 grpc-web,  8080, HTTP
              -,        -,                 tcp-echo,  8080, OPAQUE
              -,        -,                 https,     443,  OPAQUE
              -,        -,                 redis,     6379, OPAQUE
              -,        kubernetes.io/h2c, tcp,       8080, HTTP
              -,        HTTP,              tcp,       8080, HTTP
              -,        https,             http,      8080, OPAQUE
              -,        example.com/own,   http,      8080, HTTP
              -,        example.com/own,   '',        3306, OPAQUE
              -,        -,                 '',        25,   OPAQUE
              -,        -,                 http,      25,   HTTP
              GRPC,     tcp,               tcp,       3306, HTTP
              TLS,      http,              http,      80,   OPAQUE
            """)
    void the_first_that_says_something_decides(
            Protocol declared, String appProtocol, String name, int port, AppProtocol expected) {
        var servicePort = new Service.Port(name, port, Optional.ofNullable(appProtocol));

        assertThat(AppProtocols.of(servicePort, Optional.ofNullable(declared))).isEqualTo(expected);
    }
}
