package ai.primespark.examples.server;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.function.Consumer;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Makes tokens out of a good one. */
final class ForgedTokens {

    private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

    private final String good;

    ForgedTokens(String good) {
        this.good = good;
    }

    /** A part of the good token: 0 is its header, 1 its claims. */
    ObjectNode part(int number) {
        byte[] json = Base64.getUrlDecoder().decode(good.split("\\.")[number]);
        return (ObjectNode) TestServer.json(new String(json, StandardCharsets.UTF_8));
    }

    private ObjectNode changed(int number, Consumer<ObjectNode> change) {
        ObjectNode part = part(number);
        change.accept(part);
        return part;
    }

    String signature() {
        return good.substring(good.lastIndexOf('.') + 1);
    }

    /** With a changed header and the signature of the good one. */
    String header(Consumer<ObjectNode> change) {
        return input(changed(0, change), part(1)) + "." + signature();
    }

    /** With changed claims and the signature of the good one. */
    String claims(Consumer<ObjectNode> change) {
        return input(part(0), changed(1, change)) + "." + signature();
    }

    /** With this signature instead. */
    String signed(String signature) {
        return good.substring(0, good.lastIndexOf('.') + 1) + signature;
    }

    /** With header and claims changed, signed by HMAC-SHA256 with a key. */
    String hmac(byte[] key, Consumer<ObjectNode> header, Consumer<ObjectNode> claims) {
        try {
            String input = input(changed(0, header), changed(1, claims));
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HMAC"));
            return input + "." + BASE64.encodeToString(mac.doFinal(input.getBytes(StandardCharsets.US_ASCII)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    static String input(ObjectNode header, ObjectNode claims) {
        return encoded(header.toString()) + "." + encoded(claims.toString());
    }

    static String encoded(String text) {
        return BASE64.encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    static String encoded(byte[] bytes) {
        return BASE64.encodeToString(bytes);
    }
}
