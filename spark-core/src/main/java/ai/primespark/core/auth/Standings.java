package ai.primespark.core.auth;

import ai.primespark.auth.Permission;
import ai.primespark.auth.User;
import ai.primespark.spi.UserStore.Account;
import ai.primespark.spi.UserStore.Session;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * How sessions and their accounts stand, as the store said not long ago. What this process changes counts from the moment that
 * {@link #changed()} returns: every standing carries the generation before which it was read, and one of an earlier generation is
 * read again, so that a read that was under way cannot bring back what was revoked meanwhile. Thread-safe and bounded.
 */
final class Standings {

    private static final int MOST = 10_000;

    private final StoreCalls store;
    private final Roles roles;
    private final Duration believed;
    private final LongSupplier nanoTime;
    private final AtomicLong generation = new AtomicLong();
    private final Cache<String, Standing> known;

    /**
     * How a session stands.
     *
     * @param username whose it is
     * @param roles of the account
     * @param permissions what they allow
     * @param endsAt when the session ends
     * @param readAt on the monotonic clock
     * @param generation before which it was read
     */
    record Standing(
            String username,
            Set<String> roles,
            Set<Permission> permissions,
            Instant endsAt,
            long readAt,
            long generation) {}

    Standings(StoreCalls store, Roles roles, Duration believed, LongSupplier nanoTime) {
        this.store = store;
        this.roles = roles;
        this.believed = believed;
        this.nanoTime = nanoTime;
        this.known = Caffeine.newBuilder().maximumSize(MOST).build();
    }

    /**
     * How a session stands.
     *
     * @param now one whose end is not later is read again, because it may have been renewed
     * @return null when it is over: ended or unknown, or its user is gone, inactive, or has another password than when it began
     */
    @Nullable
    Standing of(String sessionId, Instant now) {
        Standing standing = known.getIfPresent(sessionId);
        if (standing != null
                && standing.generation() == generation.get()
                && now.isBefore(standing.endsAt())
                && nanoTime.getAsLong() - standing.readAt() < believed.toNanos()) {
            return standing;
        }
        Standing fresh = read(sessionId);
        if (fresh == null) {
            known.invalidate(sessionId);
        } else if (standing != null && isSame(standing, fresh)) {
            fresh = new Standing( // the same objects, so that what was made of them need not be made again
                    standing.username(),
                    standing.roles(),
                    standing.permissions(),
                    fresh.endsAt(),
                    fresh.readAt(),
                    fresh.generation());
            known.put(sessionId, fresh);
        } else {
            known.put(sessionId, fresh);
        }
        return fresh;
    }

    private static boolean isSame(Standing one, Standing other) {
        return one.username().equals(other.username())
                && one.roles().equals(other.roles())
                && one.permissions().equals(other.permissions());
    }

    private @Nullable Standing read(String sessionId) {
        long before = generation.get();
        long now = nanoTime.getAsLong();
        Optional<Session> session = store.findSession(sessionId);
        if (session.isEmpty()) {
            return null;
        }
        Optional<Account> account = store.find(session.get().username());
        if (account.isEmpty() || !isGood(session.get(), account.get().user())) {
            return null;
        }
        User user = account.get().user();
        return new Standing(
                user.username(),
                user.roles(),
                roles.permissions(user.roles()),
                session.get().expiresAt(),
                now,
                before);
    }

    /** Whether an account lets a session be. */
    static boolean isGood(Session session, User user) {
        return user.active() && user.passwordChangedAt().equals(session.passwordChangedAt());
    }

    /** The store holds something else than it did: what was read before counts no more. */
    void changed() {
        generation.incrementAndGet();
    }

    long size() {
        return known.estimatedSize();
    }
}
