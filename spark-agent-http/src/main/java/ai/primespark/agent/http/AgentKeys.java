package ai.primespark.agent.http;

import ai.primespark.Secret;
import ai.primespark.spi.Settings;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jose.jwk.Curve;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the two sides sign with. Either a secret that both know, or a key pair each: then what is on the agent's machine cannot speak
 * for this side. Immutable and thread-safe; never prints a key.
 */
final class AgentKeys {

    /** RFC 7518 section 3.2: a key of at least the size of the hash. */
    private static final int MIN_SECRET_BYTES = 32;

    private static final int MAX_FILE = 64 * 1024;

    private final Optional<Secret> secret;
    private final Optional<Path> own;
    private final Optional<Path> agents;

    private AgentKeys(Optional<Secret> secret, Optional<Path> own, Optional<Path> agents) {
        this.secret = secret;
        this.own = own;
        this.agents = agents;
    }

    /**
     * Checks which keys are configured; reads no file.
     *
     * @throws IllegalArgumentException when that is not exactly one way to sign, or the secret is too short
     */
    static AgentKeys of(Settings settings) {
        Optional<Secret> secret = settings.find(HttpAgentProvider.SECRET);
        Optional<Path> own = settings.find(HttpAgentProvider.KEY_FILE);
        Optional<Path> agents = settings.find(HttpAgentProvider.AGENT_KEY_FILE);
        if (secret.isPresent() == own.isPresent() || own.isPresent() != agents.isPresent()) {
            throw new IllegalArgumentException(
                    "requests to an agent are signed; set either secret, or both key-file and agent-key-file");
        }
        secret.ifPresent(value -> {
            int size = value.reveal().getBytes(StandardCharsets.UTF_8).length;
            if (size < MIN_SECRET_BYTES) {
                throw new IllegalArgumentException("secret: has " + size + " bytes and can be guessed; HS256 needs "
                        + MIN_SECRET_BYTES + " at least, for example from: openssl rand -hex 32");
            }
        });
        return new AgentKeys(secret, own, agents);
    }

    /** A way to sign and one to check what the agent signed. */
    record Pair(JWSAlgorithm algorithm, JWSSigner signer, JWSVerifier verifier) {}

    /**
     * Reads the keys.
     *
     * @throws IOException when a file cannot be read
     * @throws IllegalArgumentException when a file holds no such key; the message names the file
     */
    Pair read() throws IOException {
        try {
            if (secret.isPresent()) {
                byte[] bytes = secret.get().reveal().getBytes(StandardCharsets.UTF_8);
                return new Pair(JWSAlgorithm.HS256, new MACSigner(bytes), new MACVerifier(bytes));
            }
            return new Pair(
                    JWSAlgorithm.ES256,
                    new ECDSASigner(privateKey(own.orElseThrow()), Curve.P_256),
                    new ECDSAVerifier(publicKey(agents.orElseThrow())));
        } catch (JOSEException e) {
            throw new IllegalArgumentException("the keys cannot be used: " + e.getMessage(), e);
        }
    }

    private static ECPrivateKey privateKey(Path file) throws IOException {
        try {
            ECPrivateKey key = (ECPrivateKey)
                    KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(pem(file, "PRIVATE KEY")));
            requireP256(Curve.forECParameterSpec(key.getParams()));
            return key;
        } catch (GeneralSecurityException | IllegalArgumentException e) { // whose messages may quote the key
            throw new IllegalArgumentException(
                    "key-file: " + file + " holds no P-256 private key in PKCS#8 form; make one by:"
                            + " openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256");
        }
    }

    private static ECPublicKey publicKey(Path file) throws IOException {
        try {
            ECPublicKey key = (ECPublicKey)
                    KeyFactory.getInstance("EC").generatePublic(new X509EncodedKeySpec(pem(file, "PUBLIC KEY")));
            requireP256(Curve.forECParameterSpec(key.getParams()));
            return key;
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "agent-key-file: " + file + " holds no P-256 public key; make it from the agent's private key by:"
                            + " openssl pkey -in key.pem -pubout");
        }
    }

    private static void requireP256(Curve curve) {
        if (!Curve.P_256.equals(curve)) {
            throw new IllegalArgumentException("another curve");
        }
    }

    private static byte[] pem(Path file, String what) throws IOException {
        if (Files.size(file) > MAX_FILE) {
            throw new IllegalArgumentException("too long");
        }
        Matcher block = Pattern.compile("-----BEGIN " + what + "-----([A-Za-z0-9+/=\\s]+)-----END " + what + "-----")
                .matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
        if (!block.find()) {
            throw new IllegalArgumentException("no such block");
        }
        return Base64.getMimeDecoder().decode(block.group(1));
    }

    @Override
    public String toString() {
        return secret.isPresent() ? "AgentKeys[HS256]" : "AgentKeys[ES256]";
    }
}
