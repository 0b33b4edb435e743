package ai.primespark;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Objects;

/**
 * A password, key or token that never prints. {@link #toString()} is {@code Secret[***]}; {@link #equals} compares in constant
 * time. There is no default secret anywhere in Prime Spark.
 *
 * <p>Immutable and thread-safe.
 */
public final class Secret {

    private final String value;

    private Secret(String value) {
        this.value = value;
    }

    /**
     * Wraps a secret.
     *
     * @param value the clear text
     * @return the secret
     */
    public static Secret of(String value) {
        return new Secret(Objects.requireNonNull(value, "value"));
    }

    /**
     * The clear text, for the one place that needs it. Do not log it, put it in a message or keep it.
     *
     * @return the clear text
     */
    public String reveal() {
        return value;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Secret that
                && MessageDigest.isEqual(
                        value.getBytes(StandardCharsets.UTF_8), that.value.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public int hashCode() {
        return Secret.class.hashCode(); // a hash of the clear text would leak something of it
    }

    @Override
    public String toString() {
        return "Secret[***]";
    }
}
