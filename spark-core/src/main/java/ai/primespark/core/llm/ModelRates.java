package ai.primespark.core.llm;

import ai.primespark.llm.Timings;
import ai.primespark.llm.Usage;
import java.time.Duration;

/**
 * How fast one model is on one host, recent calls weighing most. Immutable; {@link #with} makes the next state. Figures are in
 * nanoseconds; 0 means not known.
 *
 * @param calls that were learned from
 * @param load how long loading the model takes
 * @param promptToken for reading one token of a prompt, as the server measured
 * @param answerToken for writing one token of an answer
 * @param rest what the first token takes beyond loading and reading, when nobody is before: network, template, first token
 * @param tokensPerChar of prompts
 * @param line first-token time over length of prompt, for servers that do not measure
 * @param measuredAt the nano time of the latest call
 */
record ModelRates(
        long calls,
        double load,
        double promptToken,
        double answerToken,
        double rest,
        double tokensPerChar,
        Trend line,
        long measuredAt) {

    /** A token of English is about four characters long. */
    private static final double USUAL_TOKENS_PER_CHAR = 0.25;

    static final ModelRates NONE = new ModelRates(0, 0, 0, 0, 0, USUAL_TOKENS_PER_CHAR, Trend.EMPTY, 0);

    /** What takes less is no loading, but the small things a server does before it begins. */
    static final double SHORTEST_LOAD = Duration.ofMillis(500).toNanos();

    private static final double NEWEST_WEIGHS = 0.3;
    private static final int TELLING_CHARS = 200; // a shorter prompt is mostly template

    /** A figure that is this old counts half, so that a host which was slow once is tried again some day. */
    private static final double HALF_LIFE = Duration.ofMinutes(10).toNanos();

    /**
     * What one answered call showed.
     *
     * @param firstToken from the call's opening to its first token
     * @param total from the call's opening to its end
     * @param work what it had to read
     * @param usage tokens, as the server counted
     * @param timings as the server measured
     * @param led whether this call made the server load the model, as far as was known
     * @param alone whether nobody was before it
     * @param at the nano time of its first token
     */
    record Observation(
            long firstToken,
            long total,
            Workload work,
            Usage usage,
            Timings timings,
            boolean led,
            boolean alone,
            long at) {

        private boolean measured() {
            return !timings.promptEval().isZero() || !timings.eval().isZero();
        }
    }

    /** The same with one more call. */
    ModelRates with(Observation call) {
        double tokens = call.usage().promptTokens() > 0
                ? call.usage().promptTokens()
                : call.work().tokens(tokensPerChar);
        double perChar = tokensPerChar;
        if (call.usage().promptTokens() > 0 && call.work().chars() >= TELLING_CHARS) {
            double seen = (tokens - call.work().imageTokens()) / call.work().chars();
            perChar = smooth(perChar, Math.min(2, Math.max(0.02, seen)));
        }
        double answer = answerNanos(call);
        double nextAnswerToken = answer > 0 ? smooth(answerToken, answer) : answerToken;
        if (!call.measured()) {
            return unmeasured(call, tokens, perChar, nextAnswerToken);
        }
        double read = call.timings().promptEval().toNanos();
        double loading = call.timings().load().toNanos();
        double nextPromptToken = read > 0 && tokens > 0 ? smooth(promptToken, read / tokens) : promptToken;
        boolean cold = loading >= SHORTEST_LOAD;
        double nextRest = rest;
        if (call.alone()) {
            nextRest = smooth(rest, Math.max(1, call.firstToken() - read - (cold ? loading : 0)));
        }
        // who waited for a load that another program had begun has seen only a part of it
        double nextLoad = cold && (call.led() || loading > load) ? smooth(load, loading) : load;
        return new ModelRates(
                calls + 1, nextLoad, nextPromptToken, nextAnswerToken, nextRest, perChar, line, call.at());
    }

    private ModelRates unmeasured(Observation call, double tokens, double perChar, double nextAnswerToken) {
        double nextLoad = load;
        Trend nextLine = line;
        if (call.led()) {
            double loading = call.firstToken() - Math.max(0, warm(call.work()));
            nextLoad = loading >= SHORTEST_LOAD ? smooth(load, loading) : load;
        } else if (call.alone()) {
            nextLine = line.with(tokens, (double) call.firstToken());
        }
        return new ModelRates(calls + 1, nextLoad, promptToken, nextAnswerToken, rest, perChar, nextLine, call.at());
    }

    private static double answerNanos(Observation call) {
        long tokens = call.usage().answerTokens();
        if (tokens < 2) {
            return 0;
        }
        long writing = call.timings().eval().toNanos();
        return writing > 0 ? (double) writing / tokens : (double) (call.total() - call.firstToken()) / (tokens - 1);
    }

    /** The first-token time of a loaded model when nobody is before; negative when nothing is known about it. */
    double warm(Workload work) {
        double tokens = work.tokens(tokensPerChar);
        if (rest > 0 || promptToken > 0) {
            return rest + tokens * promptToken;
        }
        return line.at(tokens);
    }

    /** The same, counting for less the older it is. */
    double warmAged(Workload work, long now) {
        double known = warm(work);
        double age = Math.max(0, now - measuredAt - HALF_LIFE / 10);
        return known < 0 ? known : known * Math.pow(0.5, age / HALF_LIFE);
    }

    private static double smooth(double old, double now) {
        return old == 0 ? now : old + NEWEST_WEIGHS * (now - old);
    }
}
