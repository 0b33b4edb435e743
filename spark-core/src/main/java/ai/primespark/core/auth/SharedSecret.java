package ai.primespark.core.auth;

import ai.primespark.Secret;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.MACVerifier;
import java.io.IOException;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** HS256: the configured secret and the one before it, or one that was made once and is kept in a file. Tokens have no key id. */
final class SharedSecret implements SigningKeys {

    private static final int MADE_BYTES = 48;
    private static final int LONGEST_FILE = 4_096;

    private final @Nullable Secret configured;
    private final @Nullable Secret previous;
    private final KeyFile file;
    private final SecureRandom random;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile @Nullable Ready ready;

    private record Ready(Signing signing, List<JWSVerifier> verifiers) {}

    /**
     * Reads and writes nothing yet.
     *
     * @param configured the secret; null to read it from the file, or to make it
     * @param previous tokens signed with it are still accepted; or null
     */
    SharedSecret(@Nullable Secret configured, @Nullable Secret previous, Path file, SecureRandom random) {
        this.configured = configured;
        this.previous = previous;
        this.file = new KeyFile(
                file,
                LONGEST_FILE,
                "mend the file, remove it to have another one made, or set primespark.auth.jwt.secret");
        this.random = random;
    }

    @Override
    public JWSAlgorithm algorithm() {
        return JWSAlgorithm.HS256;
    }

    @Override
    public Signing signing() {
        return ready().signing();
    }

    @Override
    public List<JWSVerifier> verifiers(@Nullable String keyId) {
        return keyId == null ? ready().verifiers() : List.of();
    }

    @Override
    public Optional<String> jwks() {
        return Optional.empty();
    }

    private Ready ready() {
        Ready known = ready;
        if (known != null) {
            return known;
        }
        lock.lock();
        try {
            known = ready;
            if (known == null) {
                known = prepare(configured == null ? kept() : bytes(configured));
                ready = known;
            }
            return known;
        } finally {
            lock.unlock();
        }
    }

    private Ready prepare(byte[] secret) {
        try {
            JWSSigner signer = new MACSigner(secret);
            List<JWSVerifier> verifiers = new ArrayList<>();
            verifiers.add(new MACVerifier(secret));
            if (previous != null) {
                verifiers.add(new MACVerifier(bytes(previous)));
            }
            return new Ready(new Signing(null, signer), List.copyOf(verifiers));
        } catch (JOSEException e) { // shorter than HS256 allows, which is refused before
            throw file.unusable(e);
        }
    }

    private byte[] kept() {
        try {
            Secret secret = Secret.of((file.isMissing() ? file.alone(this::make) : file.read()).strip());
            if (!SecretStrength.isStrong(secret)) { // made here it is; but files can be edited
                throw new IOException("the secret is shorter than 256 bits, or can be guessed");
            }
            return bytes(secret);
        } catch (IOException | JOSEException | OverlappingFileLockException e) {
            throw file.unusable(e);
        }
    }

    /** Of several servers that begin together one makes it, and the others read that. */
    private String make() throws IOException {
        if (file.isMissing()) {
            byte[] made = new byte[MADE_BYTES];
            random.nextBytes(made);
            file.write(Base64.getUrlEncoder().encodeToString(made) + "\n");
        }
        return file.read();
    }

    private static byte[] bytes(Secret secret) {
        return secret.reveal().getBytes(StandardCharsets.UTF_8);
    }
}
