// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.identity;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** By what an answer about a token is remembered: the token itself is not kept. */
public record TokenHash(String sha256) {
    public static TokenHash of(String token) {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            return new TokenHash(HexFormat.of().formatHex(digest.digest(token.getBytes(StandardCharsets.UTF_8))));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
