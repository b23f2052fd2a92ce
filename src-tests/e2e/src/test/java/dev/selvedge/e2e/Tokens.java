// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.e2e;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** Service account tokens of the namespace {@code lab}, from the API server and, where its key is at hand, our own. */
record Tokens(Kubectl kubectl) {
    /** A token that is bound to a pod. */
    String of(String account, String pod, String audience) {
        String uid = kubectl.run("-n", Lab.NAMESPACE, "get", "pod", pod, "-o", "jsonpath={.metadata.uid}");
        return create(
                account,
                audience,
                "--bound-object-kind=Pod",
                "--bound-object-name=" + pod,
                "--bound-object-uid=" + uid);
    }

    /** A token that says nothing about a pod. */
    String unbound(String account, String audience) {
        return create(account, audience);
    }

    private String create(String account, String audience, String... more) {
        List<String> arguments =
                new ArrayList<>(List.of("-n", Lab.NAMESPACE, "create", "token", account, "--audience=" + audience));
        arguments.addAll(List.of(more));
        return kubectl.run(arguments.toArray(String[]::new)).strip();
    }

    /**
     * The same token with another end, signed as the API server signs. It makes none that live for less than ten
     * minutes, so this is the only way to one that has ended. Skips the test on a cluster whose key is not at hand.
     */
    String ending(String token, Instant end) throws IOException, GeneralSecurityException {
        Path key = kubectl.kubeconfig().resolveSibling("pki/service-account.key");
        assumeTrue(Files.isReadable(key), "the key of the cluster's tokens is not here");
        String payload = new String(Base64.getUrlDecoder().decode(token.split("\\.")[1]), StandardCharsets.UTF_8);
        ObjectNode claims = (ObjectNode) Kubectl.parse(payload);
        claims.put("exp", end.getEpochSecond());
        claims.put("iat", end.minusSeconds(3600).getEpochSecond());
        claims.put("nbf", end.minusSeconds(3600).getEpochSecond());
        String text = encoded("{\"alg\":\"RS256\"}") + "." + encoded(claims.toString());
        Signature signature = Signature.getInstance("SHA256withRSA");
        signature.initSign(KeyFactory.getInstance("RSA")
                .generatePrivate(new PKCS8EncodedKeySpec(
                        Base64.getMimeDecoder().decode(Files.readString(key).replaceAll("-----[A-Z ]+-----", "")))));
        signature.update(text.getBytes(StandardCharsets.US_ASCII));
        return text + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(signature.sign());
    }

    private static String encoded(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
