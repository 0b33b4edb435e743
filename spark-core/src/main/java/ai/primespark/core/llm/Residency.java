package ai.primespark.core.llm;

import ai.primespark.llm.ModelInfo;
import ai.primespark.llm.RouteTrace.Readiness;
import ai.primespark.spi.BackendStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Which models are in a host's memory: from its latest status, and from the calls that it answered since. Thread-safe; reading
 * takes no lock.
 */
final class Residency {

    /** How long a server keeps a model after its last use, when it has not said otherwise; Ollama's default is five minutes. */
    private static final long KEPT = Duration.ofMinutes(4).toNanos();

    /** What a status says is no longer believed after this. */
    private static final long OUTDATED = Duration.ofHours(1).toNanos();

    /** So often may a host begin at once although it said that the model is not loaded, until that is not believed any more. */
    private static final int MOST_DENIALS = 3;

    /** A small machine reads a model from a solid-state disk at about this rate. */
    private static final double NANOS_PER_BYTE = 5;

    private final AtomicReference<Snapshot> latest = new AtomicReference<>(Snapshot.NONE);
    private final AtomicInteger denials = new AtomicInteger();
    private volatile boolean tellsLoaded;

    /** What a status said; {@code any} is false before the first one. */
    private record Snapshot(boolean any, Map<String, Held> models, long askedAt) {
        private static final Snapshot NONE = new Snapshot(false, Map.of(), 0);
    }

    /** A model in a status; {@code until} is the nano time when it is unloaded. */
    private record Held(ModelInfo info, boolean forGood, long until) {}

    /**
     * Takes a status in.
     *
     * @param status what the host said
     * @param askedAt the nano time when it was asked
     * @param wallClock the time of day when it answered
     */
    void saw(BackendStatus status, long askedAt, Instant wallClock) {
        Map<String, Held> models = new HashMap<>();
        for (ModelInfo model : status.models()) {
            Instant unloads = model.loadedUntil();
            long left = unloads == null ? 0 : nanosBetween(wallClock, unloads);
            // a server whose clock is wrong may say that it has unloaded already what it says is loaded
            boolean forGood = unloads == null || left <= 0;
            models.put(RateBook.key(model.name()), new Held(model, forGood, askedAt + left));
            if (model.loaded()) {
                tellsLoaded = true;
            }
        }
        Snapshot newest = new Snapshot(true, models, askedAt);
        latest.updateAndGet(known -> known.any() && known.askedAt() - askedAt > 0 ? known : newest);
    }

    private static long nanosBetween(Instant from, Instant to) {
        Duration between = Duration.between(from, to);
        return between.compareTo(Duration.ofDays(365)) > 0
                ? Duration.ofDays(365).toNanos()
                : between.toNanos();
    }

    /** Notes that a model which was said not to be loaded began without any loading. */
    void denied() {
        denials.incrementAndGet();
    }

    /**
     * Whether a model is loaded.
     *
     * @param model its key
     * @param contextTokens the context window that is wanted; 0 for any
     * @param learned what is known from calls, or null
     * @param now nano time
     */
    Readiness of(String model, int contextTokens, @Nullable LearnedModel learned, long now) {
        Snapshot status = Objects.requireNonNull(latest.get());
        LearnedModel.Answering answering = learned == null ? LearnedModel.Answering.NEVER : learned.answering();
        boolean recent = answering.ever() && now - answering.at() < KEPT;
        Readiness seen = !recent
                ? Readiness.UNKNOWN
                : fits(contextTokens, answering.contextTokens()) ? Readiness.WARM : Readiness.COLD;
        if (recent && (!status.any() || answering.at() - status.askedAt() > 0)) {
            return seen;
        }
        Held held = now - status.askedAt() > OUTDATED ? null : status.models().get(model);
        if (held == null) {
            return seen;
        }
        ModelInfo info = held.info();
        if (info.remote()) {
            return Readiness.UNKNOWN;
        }
        if (info.loaded() && (held.forGood() || held.until() - now > 0)) {
            return fits(contextTokens, info.contextTokens()) ? Readiness.WARM : Readiness.COLD;
        }
        boolean credible = tellsLoaded || info.bytes() > 0 && denials.get() < MOST_DENIALS;
        return credible ? Readiness.COLD : seen;
    }

    private static boolean fits(int wanted, int loaded) {
        return wanted == 0 || loaded == 0 || wanted == loaded;
    }

    /** Whether the host was asked, has models, and does not have this one. */
    boolean lacks(String model, long now) {
        Snapshot status = Objects.requireNonNull(latest.get());
        return status.any()
                && !model.isEmpty()
                && !status.models().isEmpty()
                && now - status.askedAt() < OUTDATED
                && !status.models().containsKey(model);
    }

    /**
     * The digest of a model's content; empty when it is not known.
     *
     * @param model its key; empty for the host's default, which is known when there is only one that answers
     * @param now nano time
     */
    String digest(String model, long now) {
        Snapshot status = Objects.requireNonNull(latest.get());
        if (!status.any() || now - status.askedAt() > OUTDATED) {
            return "";
        }
        Held held = model.isEmpty() ? only(status) : status.models().get(model);
        return held == null || held.info().remote() ? "" : held.info().digest();
    }

    private static @Nullable Held only(Snapshot status) {
        Held found = null;
        for (Held held : status.models().values()) {
            List<String> capabilities = held.info().capabilities();
            if (capabilities.isEmpty() || capabilities.contains("completion")) {
                if (found != null) {
                    return null;
                }
                found = held;
            }
        }
        return found;
    }

    /** Whether the host said what the model can do, and that this is not among it. */
    boolean cannot(String model, String capability) {
        Snapshot status = Objects.requireNonNull(latest.get());
        Held held = status.models().get(model);
        return held != null
                && !held.info().capabilities().isEmpty()
                && !held.info().capabilities().contains(capability);
    }

    /** Whether there is a status that is not too old. */
    boolean hasStatus(long now) {
        Snapshot status = Objects.requireNonNull(latest.get());
        return status.any() && now - status.askedAt() <= OUTDATED;
    }

    /** About how long loading takes, judged by the model's size; 0 when that is not known. */
    double loadBySize(String model) {
        Snapshot status = Objects.requireNonNull(latest.get());
        Held held = status.models().get(model);
        return held == null ? 0 : Math.max(0, held.info().bytes()) * NANOS_PER_BYTE;
    }
}
