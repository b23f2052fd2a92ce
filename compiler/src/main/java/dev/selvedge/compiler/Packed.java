// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import dev.selvedge.compiler.resource.Pack;
import dev.selvedge.compiler.resource.ResourceKey;
import dev.selvedge.compiler.translate.Encoded;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * What a view became, as it is sent; resources whose bodies are the same can share it.
 *
 * @param version of the body and its source: their hash
 * @param requires see {@link Encoded}
 */
record Packed(Any body, String version, List<ResourceKey> requires) {
    private static final int VERSION_BYTES = 8;

    static Packed of(Encoded encoded) {
        var body = Pack.any(encoded.body());
        return new Packed(body, version(body.getValue(), encoded.source()), encoded.requires());
    }

    private static String version(ByteString body, ByteString source) {
        try {
            var hash = MessageDigest.getInstance("SHA-256");
            hash.update(body.toByteArray());
            hash.update(source.toByteArray());
            return HexFormat.of().formatHex(hash.digest(), 0, VERSION_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
