package ai.primespark.core.auth;

import ai.primespark.auth.Tokens;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Prints what verifying a token costs: one that is known, and one that is seen for the first time. */
public final class AuthSpeed {

    private static final int TOKENS = 2_000;

    private AuthSpeed() {}

    /**
     * Measures.
     *
     * @param args none
     */
    public static void main(String[] args) {
        for (String algorithm : List.of("hs256", "es256")) {
            try (AuthFixture fixture =
                    new AuthFixture().set("jwt.algorithm", algorithm).set("max-sessions", 1_000L)) {
                AuthEngine engine = fixture.engine();
                AuthFixture.createUser(engine, "anna");
                List<String> tokens = new ArrayList<>();
                Tokens last = AuthFixture.login(engine, "anna");
                for (int i = 0; i < TOKENS; i++) {
                    last = engine.refresh(last.refreshToken());
                    tokens.add(last.accessToken().reveal());
                }
                long[] first = new long[TOKENS];
                for (int i = 0; i < TOKENS; i++) {
                    first[i] = timed(engine, tokens.get(i));
                }
                List<Long> known = new ArrayList<>();
                for (int round = 0; round < 200; round++) {
                    long start = System.nanoTime();
                    for (String token : tokens) {
                        var unused = engine.verify(new String(token.toCharArray())); // as a request brings it
                    }
                    known.add((System.nanoTime() - start) / TOKENS);
                }
                java.util.Arrays.sort(first);
                Collections.sort(known.subList(100, 200));
                System.out.printf(
                        "%s: first %d us (median), known %d ns (median of rounds)%n",
                        algorithm, Duration.ofNanos(first[TOKENS / 2]).toNanos() / 1_000, known.get(150));
            }
        }
    }

    private static long timed(AuthEngine engine, String token) {
        long start = System.nanoTime();
        var unused = engine.verify(token);
        return System.nanoTime() - start;
    }
}
