package ai.primespark.core.auth;

import ai.primespark.Secret;
import ai.primespark.auth.AuthUnavailableException;
import com.password4j.Argon2Function;
import com.password4j.types.Argon2;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.text.Normalizer;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Argon2id (RFC 9106) in the PHC string format, {@code $argon2id$v=19$m=19456,t=2,p=1$salt$hash}. Each hash has its own
 * parameters, so that they can change without anybody losing a password. Thread-safe.
 *
 * <p>A hash takes all of its memory and one processor, so only so many are made at once, and only so many wait for their turn.
 */
final class PasswordHasher {

    /** What the defaults are may change; this does not: 128 and 256 bits, as RFC 9106 recommends. */
    private static final int SALT_BYTES = 16;

    private static final int HASH_BYTES = 32;

    /** Those who would wait behind so many are refused at once: they would not wait that long anyway. */
    private static final int MOST_WAITING = 64;

    /**
     * Written and read here, because the library changes the case of the algorithm's name by the default locale, which makes
     * another name of it in Turkish.
     */
    private static final Pattern PHC = Pattern.compile(
            "\\$argon2id\\$v=19\\$m=([0-9]{1,7}),t=([0-9]{1,3}),p=1\\$([A-Za-z0-9+/]{11,86})\\$([A-Za-z0-9+/]{22,86})");

    /** More than any configuration allows: a hash that wants more was not made here, and would take the machine down. */
    private static final int MOST_MEMORY_KIB = 1 << 20;

    private static final int MOST_ITERATIONS = 100;

    private final int memoryKib;
    private final int iterations;
    private final Duration patience;
    private final SecureRandom random;
    private final AuthMeters meters;
    private final Semaphore turns;
    private final Secret dummy;

    /**
     * What hashing costs.
     *
     * @param memoryKib KiB
     * @param iterations passes over them
     * @param atOnce how many hashes are made at the same time
     * @param patience how long one waits for its turn
     */
    record Cost(int memoryKib, int iterations, int atOnce, Duration patience) {}

    PasswordHasher(Cost cost, SecureRandom random, AuthMeters meters) {
        this.memoryKib = cost.memoryKib();
        this.iterations = cost.iterations();
        this.patience = cost.patience();
        this.random = random;
        this.meters = meters;
        this.turns = new Semaphore(cost.atOnce(), true);
        this.dummy = phc(random(SALT_BYTES), random(HASH_BYTES)); // of no password that anybody could find
        meters.showWaiting(turns::getQueueLength);
    }

    /**
     * Hashes a password with a salt of its own and the parameters of now.
     *
     * @throws AuthUnavailableException when too many others wait
     */
    Secret hash(Secret password) {
        return inTurn(() -> make(bytes(password)));
    }

    private Secret make(byte[] password) {
        byte[] salt = random(SALT_BYTES);
        return phc(salt, digest(password, salt, memoryKib, iterations, HASH_BYTES));
    }

    private byte[] random(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private Secret phc(byte[] salt, byte[] digest) {
        Base64.Encoder base64 = Base64.getEncoder().withoutPadding();
        return Secret.of("$argon2id$v=19$m=" + memoryKib + ",t=" + iterations + ",p=1$" + base64.encodeToString(salt)
                + "$" + base64.encodeToString(digest));
    }

    private static byte[] digest(byte[] password, byte[] salt, int memoryKib, int iterations, int length) {
        return Argon2Function.getInstance(memoryKib, iterations, 1, length, Argon2.ID, Argon2Function.ARGON2_VERSION_13)
                .hash(password, salt)
                .getBytes();
    }

    /**
     * Whether a password is the one that was hashed. Does the same work when there is no hash: then it is compared with a random
     * one.
     *
     * @param password what was typed
     * @param hash what is kept, or null when there is no such account
     * @throws AuthUnavailableException when too many others wait, or the hash is none of those that are made here
     */
    boolean matches(Secret password, @Nullable Secret hash) {
        Matcher known = parse(hash == null ? dummy : hash);
        byte[] salt = Base64.getDecoder().decode(known.group(3));
        byte[] wanted = Base64.getDecoder().decode(known.group(4));
        int memory = Integer.parseInt(known.group(1));
        int passes = Integer.parseInt(known.group(2));
        byte[] found = inTurn(() -> digest(bytes(password), salt, memory, passes, wanted.length));
        return MessageDigest.isEqual(found, wanted) && hash != null;
    }

    /** Whether a hash was made with other parameters than those of now. */
    boolean isDated(Secret hash) {
        Matcher phc = PHC.matcher(hash.reveal());
        return !phc.matches()
                || Integer.parseInt(phc.group(1)) != memoryKib
                || Integer.parseInt(phc.group(2)) != iterations;
    }

    private static Matcher parse(Secret hash) {
        Matcher phc = PHC.matcher(hash.reveal());
        if (!phc.matches()
                || Integer.parseInt(phc.group(1)) > MOST_MEMORY_KIB
                || Integer.parseInt(phc.group(2)) > MOST_ITERATIONS
                || phc.group(3).length() % 4 == 1
                || phc.group(4).length() % 4 == 1) { // no number of bytes has such a length
            throw new AuthUnavailableException(
                    "the user store holds a password hash that is not Argon2id, or takes too much memory; set the user's"
                            + " password anew",
                    null);
        }
        return phc;
    }

    private <T> T inTurn(Supplier<T> work) {
        if (turns.getQueueLength() >= MOST_WAITING) {
            throw busy();
        }
        try {
            if (!turns.tryAcquire(patience.toNanos(), TimeUnit.NANOSECONDS)) {
                throw busy();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AuthUnavailableException("interrupted while waiting for a password to be checked", null);
        }
        long start = System.nanoTime();
        try {
            return work.get();
        } finally {
            turns.release();
            meters.hashed(Duration.ofNanos(System.nanoTime() - start));
        }
    }

    private static AuthUnavailableException busy() {
        return new AuthUnavailableException("too many logins at once; try again in some seconds", null);
    }

    /** One form for letters that Unicode can write in several ways, so that each keyboard types the same password. */
    private static byte[] bytes(Secret password) {
        return Normalizer.normalize(password.reveal(), Normalizer.Form.NFC).getBytes(StandardCharsets.UTF_8);
    }
}
