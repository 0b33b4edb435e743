package ai.primespark.core.llm;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/** What was learned about one model on one host. Thread-safe; reading takes no lock. */
final class LearnedModel {

    private final String name;
    private final AtomicReference<ModelRates> rates = new AtomicReference<>(ModelRates.NONE);
    private final FirstTokens firstTokens = new FirstTokens();
    private final AtomicLong answerTokens = new AtomicLong(); // smoothed; 0 while not known
    private volatile long usedAt;
    private volatile Answering answering = Answering.NEVER;

    /**
     * When the model last gave a token, which shows that it was loaded.
     *
     * @param ever false when it has not yet
     * @param at nano time
     * @param contextTokens the context window that was asked for; 0 for whatever was loaded
     */
    record Answering(boolean ever, long at, int contextTokens) {
        static final Answering NEVER = new Answering(false, 0, 0);
    }

    LearnedModel(String name, long now) {
        this.name = name;
        this.usedAt = now;
    }

    String name() {
        return name;
    }

    ModelRates rates() {
        return Objects.requireNonNull(rates.get());
    }

    FirstTokens firstTokens() {
        return firstTokens;
    }

    Answering answering() {
        return answering;
    }

    long usedAt() {
        return usedAt;
    }

    /** The first token of a call came. */
    void began(long firstToken, Workload work, long now) {
        usedAt = now;
        answering = new Answering(true, now, work.contextTokens());
        firstTokens.add(firstToken);
    }

    /** A call was answered. */
    void answered(ModelRates.Observation call) {
        usedAt = call.at();
        rates.updateAndGet(before -> before.with(call));
    }

    /** How long answers are, in tokens; 0 while not known. */
    long answerTokens() {
        return answerTokens.get();
    }

    /** An answer had a length. */
    void wrote(long tokens) {
        answerTokens.accumulateAndGet(
                tokens, (known, now) -> known == 0 ? now : Math.max(1, Math.round(known + 0.3 * (now - known))));
    }
}
