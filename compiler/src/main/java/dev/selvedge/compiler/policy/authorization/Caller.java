// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.policy.authorization;

/**
 * What a proxy can know about a call on one of its filter chains.
 *
 * @param identified the connection is mTLS, so the caller has a SPIFFE ID
 * @param http the call has a method and a path
 */
public record Caller(boolean identified, boolean http) {}
