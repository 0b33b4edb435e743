package ai.primespark.testkit;

import ai.primespark.llm.FinishReason;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.ToolInvocation;
import ai.primespark.llm.Usage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * What a call to a {@link ScriptedLlmBackend} does, step by step. Ends with {@link FinishReason#STOP} unless told otherwise.
 * Immutable; a script may serve many calls.
 */
public final class LlmScript {

    private final List<Step> steps;

    private LlmScript(List<Step> steps) {
        this.steps = steps;
    }

    /** One step. */
    sealed interface Step {
        /** A piece of the answer. */
        record Text(String text) implements Step {}

        /** A piece of reasoning. */
        record Thinking(String text) implements Step {}

        /** A tool call. */
        record Tool(ToolInvocation invocation) implements Step {}

        /** Waits for the test. */
        record Pause(CountDownLatch release) implements Step {}

        /** The end. */
        record Done(FinishReason reason, Usage usage) implements Step {}

        /** A failure. */
        record Fail(LlmException.Kind kind, @Nullable Duration retryAfter) implements Step {}
    }

    /**
     * Starts with pieces of text.
     *
     * @param pieces none of them empty
     * @return a script that delivers them and ends
     */
    public static LlmScript text(String... pieces) {
        return new LlmScript(List.of()).thenText(pieces);
    }

    /**
     * Fails before anything is delivered.
     *
     * @param kind how
     * @return the script
     */
    public static LlmScript failing(LlmException.Kind kind) {
        return new LlmScript(List.of()).thenFail(kind);
    }

    /**
     * Waits before anything is delivered.
     *
     * @param release what the test counts down to let it go on
     * @return the script
     */
    public static LlmScript pausing(CountDownLatch release) {
        return new LlmScript(List.of()).thenPause(release);
    }

    /**
     * Adds pieces of text.
     *
     * @param pieces none of them empty
     * @return a longer script
     */
    public LlmScript thenText(String... pieces) {
        LlmScript script = this;
        for (String piece : pieces) {
            if (piece.isEmpty()) {
                throw new IllegalArgumentException("a piece of text must not be empty");
            }
            script = script.then(new Step.Text(piece));
        }
        return script;
    }

    /**
     * Adds a piece of reasoning.
     *
     * @param piece not empty
     * @return a longer script
     */
    public LlmScript thenThinking(String piece) {
        return then(new Step.Thinking(Objects.requireNonNull(piece, "piece")));
    }

    /**
     * Adds a tool call.
     *
     * @param invocation which, and with what
     * @return a longer script
     */
    public LlmScript thenTool(ToolInvocation invocation) {
        return then(new Step.Tool(Objects.requireNonNull(invocation, "invocation")));
    }

    /**
     * Adds a wait, as long as the call's limits let it last.
     *
     * @param release what the test counts down to let it go on
     * @return a longer script
     */
    public LlmScript thenPause(CountDownLatch release) {
        return then(new Step.Pause(Objects.requireNonNull(release, "release")));
    }

    /**
     * Adds the end.
     *
     * @param reason why it ends
     * @return a complete script
     */
    public LlmScript thenDone(FinishReason reason) {
        return thenDone(reason, Usage.NONE);
    }

    /**
     * Adds the end, with tokens as a server counts them.
     *
     * @param reason why it ends
     * @param usage the tokens; {@link Usage#NONE} for a server that does not count
     * @return a complete script
     */
    public LlmScript thenDone(FinishReason reason, Usage usage) {
        return then(new Step.Done(Objects.requireNonNull(reason, "reason"), Objects.requireNonNull(usage, "usage")));
    }

    /**
     * Adds a failure.
     *
     * @param kind how
     * @return a complete script
     */
    public LlmScript thenFail(LlmException.Kind kind) {
        return then(new Step.Fail(Objects.requireNonNull(kind, "kind"), null));
    }

    /**
     * Adds a failure that says how long to wait before the next try.
     *
     * @param kind how
     * @param retryAfter how long to wait
     * @return a complete script
     */
    public LlmScript thenFail(LlmException.Kind kind, Duration retryAfter) {
        return then(
                new Step.Fail(Objects.requireNonNull(kind, "kind"), Objects.requireNonNull(retryAfter, "retryAfter")));
    }

    List<Step> steps() {
        return steps;
    }

    /** What remains when a part of the text has been said; null when the script does not begin with it. */
    @Nullable
    LlmScript after(String said) {
        List<Step> rest = new ArrayList<>();
        String left = said;
        for (Step step : steps) {
            boolean end = step instanceof Step.Done || step instanceof Step.Fail;
            if (left.isEmpty() || step instanceof Step.Pause) {
                rest.add(step);
            } else if (step instanceof Step.Text piece && left.startsWith(piece.text())) {
                left = left.substring(piece.text().length());
            } else if (step instanceof Step.Text piece && piece.text().startsWith(left)) {
                rest.add(new Step.Text(piece.text().substring(left.length())));
                left = "";
            } else if (end || step instanceof Step.Text) {
                return null;
            }
        }
        return left.isEmpty() ? new LlmScript(List.copyOf(rest)) : null;
    }

    @Override
    public String toString() {
        return "LlmScript[" + steps.size() + " steps]";
    }

    private LlmScript then(Step step) {
        List<Step> longer = new ArrayList<>(steps);
        longer.add(step);
        return new LlmScript(List.copyOf(longer));
    }
}
