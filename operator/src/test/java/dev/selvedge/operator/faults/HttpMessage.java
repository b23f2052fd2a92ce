// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.faults;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** As much of HTTP/1.1 and of WebSocket's frames as lies between a Kubernetes client and an API server. */
record HttpMessage(List<String> head, byte[] body) {
    private static final String STATUS =
            "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\",\"reason\":\"Expired\","
                    + "\"message\":\"too old resource version\",\"code\":410}";

    /** The answer to a watch whose version is too old. */
    static final byte[] GONE = ("HTTP/1.1 410 Gone\r\nContent-Type: application/json\r\nContent-Length: "
                    + STATUS.length() + "\r\nConnection: close\r\n\r\n" + STATUS)
            .getBytes(StandardCharsets.US_ASCII);

    /** A request or an answer, up to the end of its body if its length is known. */
    static HttpMessage read(InputStream in) throws IOException {
        var head = new ArrayList<String>();
        for (var line = line(in); !line.isEmpty(); line = line(in)) {
            head.add(line);
        }
        var message = new HttpMessage(head, new byte[0]);
        var length = message.header("content-length");
        if (message.header("transfer-encoding").contains("chunked")) {
            return new HttpMessage(head, chunks(in));
        }
        return length.isEmpty() ? message : new HttpMessage(head, exactly(in, Integer.parseInt(length)));
    }

    private static String line(InputStream in) throws IOException {
        var line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException();
            }
            if (next != '\r') {
                line.append((char) next);
            }
        }
        return line.toString();
    }

    /** Chunks as they come, framing included. */
    private static byte[] chunks(InputStream in) throws IOException {
        var all = new ByteArrayOutputStream();
        int length;
        do {
            var line = line(in);
            length = Integer.parseInt(line.strip(), 16);
            all.writeBytes((line + "\r\n").getBytes(StandardCharsets.US_ASCII));
            all.writeBytes(exactly(in, length));
            line(in);
            all.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
        } while (length > 0);
        return all.toByteArray();
    }

    private static byte[] exactly(InputStream in, int length) throws IOException {
        var bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new EOFException();
        }
        return bytes;
    }

    String header(String name) {
        return head.stream()
                .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(name + ":"))
                .map(line -> line.substring(name.length() + 1).strip())
                .findFirst()
                .orElse("");
    }

    String target() {
        return head.getFirst().split(" ", -1)[1];
    }

    boolean isWatch() {
        return target().contains("watch=true");
    }

    boolean resumes() {
        return target().contains("resourceVersion=");
    }

    boolean isUpgrade() {
        return header("connection").toLowerCase(Locale.ROOT).contains("upgrade");
    }

    /** Passes it on; a connection is not used again, but for an upgrade. */
    void writeTo(OutputStream out) throws IOException {
        var text = new StringBuilder(head.getFirst()).append("\r\n");
        head.stream()
                .skip(1)
                .filter(line -> isUpgrade() || !line.toLowerCase(Locale.ROOT).startsWith("connection:"))
                .forEach(line -> text.append(line).append("\r\n"));
        text.append(isUpgrade() ? "" : "Connection: close\r\n").append("\r\n");
        out.write(text.toString().getBytes(StandardCharsets.ISO_8859_1));
        out.write(body);
        out.flush();
    }

    /** The next frame from a server, which masks none. */
    static byte[] frame(InputStream in) throws IOException {
        var start = exactly(in, 2);
        int small = start[1] & 0x7f;
        var extended = exactly(in, small == 126 ? 2 : small == 127 ? 8 : 0);
        long length =
                switch (small) {
                    case 126 -> ByteBuffer.wrap(extended).getShort() & 0xffff;
                    case 127 -> ByteBuffer.wrap(extended).getLong();
                    default -> small;
                };
        var payload = exactly(in, Math.toIntExact(length));
        return ByteBuffer.allocate(2 + extended.length + payload.length)
                .put(start)
                .put(extended)
                .put(payload)
                .array();
    }

    /** Whether a frame is a whole message of text: one event. */
    static boolean isEvent(byte[] frame) {
        return (frame[0] & 0xff) == 0x81;
    }
}
