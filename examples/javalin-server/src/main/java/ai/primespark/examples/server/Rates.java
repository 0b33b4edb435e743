package ai.primespark.examples.server;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;
import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import io.github.bucket4j.EstimationProbe;
import io.javalin.http.HttpStatus;
import java.time.Duration;

/**
 * How many requests a second each user makes, and each source that has no valid token. Remembers as many of them as are of interest: one
 * who was not seen for a while has a full bucket anyway. Thread-safe.
 */
final class Rates {

    private static final int REMEMBERED = 50_000;

    private final int rate;
    private final LoadingCache<String, Bucket> buckets;

    Rates(ServerSettings.Limits limits) {
        rate = limits.rate();
        int burst = Math.max(limits.burst(), rate);
        Duration full = Duration.ofSeconds(rate == 0 ? 1 : burst / rate + 1L);
        buckets = Caffeine.newBuilder()
                .maximumSize(REMEMBERED)
                .expireAfterAccess(full)
                .build(who -> Bucket.builder()
                        .addLimit(Bandwidth.builder()
                                .capacity(burst)
                                .refillGreedy(rate, Duration.ofSeconds(1))
                                .build())
                        .build());
    }

    /**
     * Counts a request.
     *
     * @throws Problem when it is one too many
     */
    void count(String who) {
        if (rate > 0) {
            ConsumptionProbe probe = buckets.get(who).tryConsumeAndReturnRemaining(1);
            if (!probe.isConsumed()) {
                throw tooMany(probe.getNanosToWaitForRefill());
            }
        }
    }

    /**
     * Insists that one more request would be let through.
     *
     * @throws Problem when it would not
     */
    void require(String who) {
        if (rate > 0) {
            EstimationProbe probe = buckets.get(who).estimateAbilityToConsume(1);
            if (!probe.canBeConsumed()) {
                throw tooMany(probe.getNanosToWaitForRefill());
            }
        }
    }

    private Problem tooMany(long nanos) {
        return new Problem(
                        HttpStatus.TOO_MANY_REQUESTS,
                        "rate-limit",
                        "more than " + rate + " requests a second in the long run; slow down")
                .header("Retry-After", Problem.seconds(Duration.ofNanos(nanos)));
    }
}
