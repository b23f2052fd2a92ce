// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.e2e;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** A root and an issuer of one's own, made by the JDK's keytool, as somebody outside of the mesh would. */
final class OwnAuthority {
    private static final String PASSWORD = "not-secret";

    private final KeyStore store;

    /** @param name of the root */
    OwnAuthority(Path folder, String name) {
        Path file = folder.resolve(name + ".p12");
        keytool(file, "root", "CN=" + name, "bc:c=ca:true,pathlen:1");
        keytool(file, "issuer", "CN=issuer of " + name, "bc:c=ca:true,pathlen:0", "-signer", "root");
        try (InputStream in = Files.newInputStream(file)) {
            store = KeyStore.getInstance("PKCS12");
            store.load(in, PASSWORD.toCharArray());
        } catch (IOException | GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static void keytool(Path file, String alias, String name, String constraints, String... more) {
        // Ten minutes back, so that nobody has to wait for clocks that are behind.
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                alias,
                "-dname",
                name,
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-ext",
                constraints,
                "-ext",
                "ku:c=keyCertSign,cRLSign",
                "-startdate",
                "-10M",
                "-validity",
                "30",
                "-storetype",
                "PKCS12",
                "-storepass",
                PASSWORD,
                "-keystore",
                file.toString()));
        command.addAll(List.of(more));
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new AssertionError("keytool: " + said);
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** The Secret that the operator looks for. */
    String secret() {
        try {
            return """
                    apiVersion: v1
                    kind: Secret
                    metadata: {namespace: selvedge-system, name: selvedge-provided-issuer}
                    type: kubernetes.io/tls
                    data: {tls.crt: %s, tls.key: %s, ca.crt: %s}
                    """.formatted(
                    base64(pem("CERTIFICATE", certificate("issuer").getEncoded())),
                    base64(pem(
                            "PRIVATE KEY",
                            store.getKey("issuer", PASSWORD.toCharArray()).getEncoded())),
                    base64(pem("CERTIFICATE", certificate("root").getEncoded())));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private X509Certificate certificate(String alias) throws GeneralSecurityException {
        return (X509Certificate) store.getCertificate(alias);
    }

    private static String pem(String type, byte[] der) {
        return "-----BEGIN " + type + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der) + "\n-----END " + type + "-----\n";
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
