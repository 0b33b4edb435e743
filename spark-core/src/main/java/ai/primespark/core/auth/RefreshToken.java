package ai.primespark.core.auth;

import ai.primespark.Secret;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A refresh token: {@code session.family.secret}. Only hashes of the last two are kept. All tokens of a session share its family,
 * so that one that was good before is told from one that never was: the first ends the session, and nobody can do that who only
 * knows a session's id.
 *
 * @param sessionId 128 random bits; not secret, since access tokens have it
 * @param family 128 random bits
 * @param secret 256 random bits
 */
record RefreshToken(String sessionId, String family, String secret) {

    private static final Pattern FORM =
            Pattern.compile("([A-Za-z0-9_-]{22})\\.([A-Za-z0-9_-]{22})\\.([A-Za-z0-9_-]{43})");
    private static final Pattern SESSION_ID = Pattern.compile("[A-Za-z0-9_-]{1,64}");

    static RefreshToken first(SecureRandom random) {
        return new RefreshToken(random(random, 16), random(random, 16), random(random, 32));
    }

    RefreshToken next(SecureRandom random) {
        return new RefreshToken(sessionId, family, random(random, 32));
    }

    /** Null when it is none. */
    static @Nullable RefreshToken parse(Secret text) {
        Matcher matcher = FORM.matcher(text.reveal());
        return matcher.matches() ? new RefreshToken(matcher.group(1), matcher.group(2), matcher.group(3)) : null;
    }

    static boolean isSessionId(@Nullable String text) {
        return text != null && SESSION_ID.matcher(text).matches();
    }

    Secret reveal() {
        return Secret.of(sessionId + "." + family + "." + secret);
    }

    /** What is kept of it. */
    Secret hash() {
        return Secret.of(sha256(family) + "." + sha256(secret));
    }

    /** Whether it belongs, or belonged, to what is kept of a session. */
    boolean isOfFamily(Secret hash) {
        String kept = hash.reveal();
        int dot = kept.indexOf('.');
        return dot > 0 && equal(kept.substring(0, dot), sha256(family));
    }

    /** Whether it is the one that is good now. */
    boolean isCurrent(Secret hash) {
        return equal(hash.reveal(), hash().reveal());
    }

    private static boolean equal(String one, String other) {
        return MessageDigest.isEqual(
                one.getBytes(StandardCharsets.US_ASCII), other.getBytes(StandardCharsets.US_ASCII));
    }

    private static String random(SecureRandom random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** Random enough not to need salt or work. */
    private static String sha256(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(digest(text));
    }

    static byte[] digest(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }

    @Override
    public String toString() {
        return "RefreshToken[" + sessionId + "]";
    }
}
