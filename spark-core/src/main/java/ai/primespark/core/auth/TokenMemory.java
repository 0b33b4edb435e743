package ai.primespark.core.auth;

import ai.primespark.auth.AuthPrincipal;
import ai.primespark.core.auth.AccessTokens.Claims;
import ai.primespark.core.auth.Standings.Standing;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Tokens whose signature was found good, by their SHA-256, so that it need not be computed for every request. The tokens
 * themselves are not kept, and neither is any that was refused. Thread-safe and bounded.
 */
final class TokenMemory {

    private static final int MOST = 10_000;

    private final Cache<ByteBuffer, Entry> known;

    /** A token that was found good, and the principal that was last made of it. */
    static final class Entry {

        private final Claims claims;
        private volatile @Nullable AuthPrincipal principal;

        Entry(Claims claims) {
            this.claims = claims;
        }

        Claims claims() {
            return claims;
        }

        /** The principal as its session stands now: the same object for as long as nothing changes. */
        AuthPrincipal principal(Standing standing) {
            AuthPrincipal made = principal;
            if (made == null
                    || !made.roles().equals(standing.roles())
                    || !made.permissions().equals(standing.permissions())) {
                made = new AuthPrincipal(
                        claims.username(),
                        standing.roles(),
                        standing.permissions(),
                        claims.sessionId(),
                        claims.expiresAt());
                principal = made;
            }
            return made;
        }
    }

    TokenMemory(AccessTokens tokens) {
        this.known = Caffeine.newBuilder()
                .maximumSize(MOST)
                .expireAfterWrite(tokens.life().toNanos(), TimeUnit.NANOSECONDS)
                .build();
    }

    /** By what a token is known here. */
    static ByteBuffer key(String token) {
        return ByteBuffer.wrap(RefreshToken.digest(token));
    }

    @Nullable
    Entry find(ByteBuffer key) {
        return known.getIfPresent(key);
    }

    Entry remember(ByteBuffer key, Claims claims) {
        Entry entry = new Entry(claims);
        known.put(key, entry);
        return entry;
    }

    long size() {
        return known.estimatedSize();
    }
}
