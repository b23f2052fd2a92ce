// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.identity;

import dev.selvedge.operator.identity.Refusal.Reason;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.InetSocketAddress;
import java.util.Locale;

/**
 * Authenticates every call by its bearer token before a byte of the caller's messages is read. Blocks: the server needs
 * an executor that does not mind, such as virtual threads.
 */
public final class CallerInterceptor implements ServerInterceptor {
    private static final Context.Key<Caller> CALLER = Context.key("caller");
    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
    private static final String BEARER = "bearer ";

    private final TokenAuthenticator authenticator;
    private final MeterRegistry meters;

    public CallerInterceptor(TokenAuthenticator authenticator, MeterRegistry meters) {
        this.authenticator = authenticator;
        this.meters = meters;
    }

    /** Who makes the current call. */
    public static Caller caller() {
        var caller = CALLER.get();
        if (caller == null) {
            throw new IllegalStateException("a service without authentication");
        }
        return caller;
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        try {
            var caller = authenticator.authenticate(token(headers), address(call));
            return Contexts.interceptCall(Context.current().withValue(CALLER, caller), call, headers, next);
        } catch (Refusal refusal) {
            refusal.count(meters);
            call.close(refusal.status(), new Metadata());
            return new ServerCall.Listener<>() {};
        }
    }

    private static String address(ServerCall<?, ?> call) {
        return call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR) instanceof InetSocketAddress address
                ? address.getAddress().getHostAddress()
                : "";
    }

    private static String token(Metadata headers) throws Refusal {
        var value = headers.get(AUTHORIZATION);
        if (value == null || !value.toLowerCase(Locale.ROOT).startsWith(BEARER)) {
            throw new Refusal(Reason.NO_TOKEN, "no bearer token");
        }
        return value.substring(BEARER.length()).trim();
    }
}
