// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.resource;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Message;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Encodes messages so that equal messages have equal bytes (protobuf maps are sorted by key). */
public final class Pack {
    private Pack() {}

    /** The message in an {@code Any}. */
    public static Any any(Message message) {
        return Any.newBuilder()
                .setTypeUrl(
                        "type.googleapis.com/" + message.getDescriptorForType().getFullName())
                .setValue(bytes(message))
                .build();
    }

    private static ByteString bytes(Message message) {
        byte[] bytes = new byte[message.getSerializedSize()];
        var output = CodedOutputStream.newInstance(bytes);
        output.useDeterministicSerialization();
        try {
            message.writeTo(output);
        } catch (IOException e) {
            throw new UncheckedIOException("an array of the message's own size cannot be too small", e);
        }
        output.checkNoSpaceLeft();
        return ByteString.copyFrom(bytes);
    }
}
