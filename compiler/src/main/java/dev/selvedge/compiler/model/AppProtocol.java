// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.model;

/** What a port speaks, as far as the proxies treat it differently. */
public enum AppProtocol {
    /** HTTP/1.1, HTTP/2 or gRPC: routed per request; each hop keeps the version that the client chose. */
    HTTP,
    /** Declared TCP or TLS: never inspected, so a server that speaks first is not delayed. */
    OPAQUE,
    /** Not declared: HTTP is detected, anything else is TCP. */
    DETECTED
}
