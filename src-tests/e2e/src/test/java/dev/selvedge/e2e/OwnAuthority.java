// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.e2e;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** A root and an issuer of one's own, made by the JDK's keytool, as somebody outside of the mesh would. */
final class OwnAuthority {
    private static final String PASSWORD = "not-secret";

    private static final String AUTHORITY = "ku:c=keyCertSign,cRLSign";

    private final Path file;

    /** @param name of the root */
    OwnAuthority(Path folder, String name) {
        file = folder.resolve(name + ".p12");
        make("root", "CN=" + name, "-ext", "bc:c=ca:true,pathlen:1", "-ext", AUTHORITY);
        make("issuer", "CN=issuer of " + name, "-ext", "bc:c=ca:true,pathlen:0", "-ext", AUTHORITY, "-signer", "root");
    }

    private KeyStore store() throws GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, PASSWORD.toCharArray());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return store;
    }

    private void make(String alias, String name, String... more) {
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
                    base64(certificate("issuer")),
                    base64(pem(
                            "PRIVATE KEY",
                            store().getKey("issuer", PASSWORD.toCharArray()).getEncoded())),
                    base64(certificate("root")));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    /** The certificate of that name, as PEM: root or issuer. */
    String certificate(String alias) {
        try {
            return pem("CERTIFICATE", store().getCertificate(alias).getEncoded());
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    /** A workload of that identity, whose certificate the root signs. */
    Outsider workload(String spiffeId) {
        make(
                "workload",
                "CN=workload",
                "-ext",
                "ku:c=digitalSignature",
                "-ext",
                "san:c=uri:" + spiffeId,
                "-signer",
                "root");
        try {
            KeyStore own = KeyStore.getInstance("PKCS12");
            own.load(null, null);
            char[] password = PASSWORD.toCharArray();
            own.setKeyEntry("workload", store().getKey("workload", password), password, new Certificate[] {
                store().getCertificate("workload")
            });
            return new Outsider(own, password);
        } catch (IOException | GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static String pem(String type, byte[] der) {
        return "-----BEGIN " + type + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der) + "\n-----END " + type + "-----\n";
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
