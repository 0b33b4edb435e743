package ai.primespark.core.auth;

import ai.primespark.auth.AuthUnavailableException;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.jwk.ECKey;
import java.io.IOException;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * ES256: key pairs in a file, which several servers may share. A new key is made when the last one has signed long enough, and is
 * published for a while before it signs, so that whoever fetches the public keys now and then knows it by then. Thread-safe.
 */
final class KeyPairs implements SigningKeys {

    private static final Logger LOG = LoggerFactory.getLogger(KeyPairs.class);

    private static final int LONGEST_FILE = 1 << 20;

    /** How often the file is looked at because time has passed: several times within the time that a key is published ahead. */
    private static final Duration REREAD = Duration.ofMinutes(5);

    /** How often it is looked at because a token names a key that is not known: a forger must not make work. */
    private static final Duration REREAD_FOR_STRANGERS = Duration.ofSeconds(5);

    private static final Duration LONGEST_AHEAD = Duration.ofHours(1);

    private final Plan plan;
    private final KeyFile file;
    private final InstantSource clock;
    private final LongSupplier nanoTime;
    private final SecureRandom random;
    private final AuthMeters meters;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile @Nullable Loaded loaded;
    private volatile @Nullable Long failedAt; // by the monotonic clock; null when the last change went well

    private record Loaded(
            KeyRing ring,
            long at,
            @Nullable ECKey signer,
            @Nullable Signing signing) {}

    /**
     * How keys change.
     *
     * @param file where they are
     * @param rotateAfter how long one signs; zero for always
     * @param longestToken how long a key must verify after its last signature
     */
    record Plan(Path file, Duration rotateAfter, Duration longestToken) {

        /** How long a key is published before it signs. */
        Duration ahead() {
            Duration quarter = rotateAfter.dividedBy(4);
            return quarter.compareTo(LONGEST_AHEAD) < 0 ? quarter : LONGEST_AHEAD;
        }
    }

    KeyPairs(Plan plan, InstantSource clock, LongSupplier nanoTime, SecureRandom random, AuthMeters meters) {
        this.plan = plan;
        this.file = new KeyFile(plan.file(), LONGEST_FILE, "mend the file, or move it away to have new keys made");
        this.clock = clock;
        this.nanoTime = nanoTime;
        this.random = random;
        this.meters = meters;
    }

    @Override
    public JWSAlgorithm algorithm() {
        return JWSAlgorithm.ES256;
    }

    @Override
    public Signing signing() {
        Instant now = clock.instant();
        Loaded known = current(now);
        ECKey key = known.ring().signing(now);
        if (key == null) { // cannot be: current() makes one
            throw new AuthUnavailableException("there is no key to sign tokens with", null);
        }
        Signing ready = known.signing();
        if (ready != null && key.equals(known.signer())) {
            return ready;
        }
        try {
            Signing made = KeyRing.signing(key);
            loaded = new Loaded(known.ring(), known.at(), key, made);
            return made;
        } catch (JOSEException e) {
            throw new AuthUnavailableException("this Java cannot sign with ES256: " + e.getMessage(), e);
        }
    }

    @Override
    public List<JWSVerifier> verifiers(@Nullable String keyId) {
        if (keyId == null) {
            return List.of();
        }
        Loaded known = loaded;
        JWSVerifier found = known == null ? null : known.ring().verifier(keyId);
        if (found == null && (known == null || isOlder(known, REREAD_FOR_STRANGERS))) {
            found = reread().ring().verifier(keyId);
        }
        return found == null ? List.of() : List.of(found);
    }

    @Override
    public Optional<String> jwks() {
        return Optional.of(current(clock.instant()).ring().publicly());
    }

    private boolean isOlder(Loaded known, Duration age) {
        return nanoTime.getAsLong() - known.at() >= age.toNanos();
    }

    /** With a key that signs, and with the next one when it is time. */
    private Loaded current(Instant now) {
        Loaded known = loaded;
        if (known == null || isOlder(known, REREAD)) {
            known = reread();
        }
        if (!isDue(known.ring(), now) || !known.ring().isEmpty() && hasJustFailed()) {
            return known;
        }
        return rotate(now, known);
    }

    private boolean isDue(KeyRing ring, Instant now) {
        if (ring.isEmpty()) {
            return true;
        }
        Duration signs = plan.rotateAfter();
        return !signs.isZero() && !ring.newest().plus(signs).minus(plan.ahead()).isAfter(now);
    }

    /** What could not be written just now is not tried again with every login. */
    private boolean hasJustFailed() {
        Long at = failedAt;
        return at != null && nanoTime.getAsLong() - at < REREAD.toNanos();
    }

    private Loaded reread() {
        lock.lock();
        try {
            return take(read());
        } catch (IOException e) {
            throw file.unusable(e);
        } finally {
            lock.unlock();
        }
    }

    /** Under the lock of this process and of all that share the file, so that one of them makes the key. */
    private Loaded rotate(Instant now, Loaded before) {
        lock.lock();
        try {
            Loaded known = loaded;
            if (known != null && !known.ring().isEmpty() && (!isDue(known.ring(), now) || hasJustFailed())) {
                return known; // another thread has tried meanwhile
            }
            Loaded made = take(file.alone(() -> rotated(now)));
            failedAt = null;
            return made;
        } catch (IOException | OverlappingFileLockException | JOSEException e) {
            if (before.ring().isEmpty()) {
                throw file.unusable(e);
            }
            failedAt = nanoTime.getAsLong();
            LOG.warn("Cannot change the key for access tokens, and go on with the old one: {}", e.toString());
            return take(before.ring());
        } finally {
            lock.unlock();
        }
    }

    private KeyRing rotated(Instant now) throws IOException, JOSEException {
        KeyRing ring = read();
        if (!isDue(ring, now)) {
            return ring;
        }
        boolean first = ring.isEmpty();
        Instant begin = first ? now : ring.newest().plus(plan.rotateAfter());
        if (begin.isBefore(now)) { // nobody was here when it was time
            begin = now.plus(plan.ahead());
        }
        KeyRing next = ring.with(begin, random).without(now, plan.longestToken());
        file.write(next.privately());
        if (!first) {
            LOG.info("A new key for access tokens signs from {} on; {} verify", begin, next.size());
            meters.keyRotated();
        }
        return next;
    }

    private KeyRing read() throws IOException {
        if (file.isMissing()) {
            return KeyRing.empty();
        }
        try {
            return KeyRing.parse(file.read());
        } catch (ParseException e) {
            throw new IOException("it is " + e.getMessage(), null);
        }
    }

    private Loaded take(KeyRing ring) {
        Loaded now = new Loaded(ring, nanoTime.getAsLong(), null, null);
        loaded = now;
        return now;
    }
}
