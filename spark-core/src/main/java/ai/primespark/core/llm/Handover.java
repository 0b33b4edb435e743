package ai.primespark.core.llm;

import ai.primespark.llm.Failover;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.OutputFormat;
import ai.primespark.spi.CallLimits;
import java.util.HashSet;
import java.util.Queue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the caller has got of an answer, and what becomes of it when the backend that gave it fails: the call fails, the answer
 * begins again, or, for {@link Failover#CONTINUE}, another backend goes on with it. The reading thread's own.
 *
 * <p>Only the same model, to the digest, goes on, because another one would have said something else; and only with plain text,
 * because a text is all that is passed on.
 */
final class Handover {

    private final LlmRequest request;
    private final int most;
    private final Set<String> unable = new HashSet<>(2);
    private boolean any;
    private @Nullable Lost lost;
    private int pieces;
    private String obstacle = ""; // in what was delivered
    private String writer = "";
    private String digest = "";
    private boolean announced;
    private int thinkingChars;
    private boolean full;

    /** An attempt whose text the caller has seen, and of which it does not know yet that it failed. */
    private record Lost(String backend, String reason, int chars) {}

    /**
     * Begins with nothing delivered.
     *
     * @param request what is asked
     * @param most characters that the caller gets of the text, and of the reasoning; for backends that do not keep to their limits
     */
    Handover(LlmRequest request, int most) {
        this.request = request;
        this.most = most;
        forget();
    }

    /** Whether the caller has got anything of the answer. */
    boolean any() {
        return any;
    }

    /** Whether a failure after {@link #any} ends the call. */
    boolean isFinal() {
        return any && request.failover() == Failover.FAIL;
    }

    /** Whether the answer has reached its longest, although the backend goes on. */
    boolean isFull() {
        return full;
    }

    /**
     * The caller gets a piece of the answer, as far as that is not too long.
     *
     * @param event text, reasoning or a tool call
     * @param chars how much text the caller has
     * @return what it gets; null when that is nothing
     */
    @Nullable
    LlmEvent deliver(LlmEvent event, int chars) {
        any = true;
        if (event instanceof LlmEvent.Text piece) {
            pieces++;
            return fitting(piece, most - chars);
        }
        if (event instanceof LlmEvent.Thinking piece) {
            obstacle = "reasoning had been delivered";
            full = piece.text().length() > most - thinkingChars;
            thinkingChars += piece.text().length();
        } else if (event instanceof LlmEvent.ToolCall) {
            obstacle = "a tool call had been delivered";
        }
        return full ? null : event;
    }

    private @Nullable LlmEvent fitting(LlmEvent.Text piece, int room) {
        if (piece.text().length() <= room) {
            return piece;
        }
        full = true;
        boolean torn = room > 0 && Character.isHighSurrogate(piece.text().charAt(room - 1));
        String fits = piece.text().substring(0, torn ? room - 1 : room);
        return fits.isEmpty() ? null : new LlmEvent.Text(fits);
    }

    /** The answer begins again. */
    void forget() {
        any = false;
        thinkingChars = 0;
        pieces = 0;
        writer = "";
        digest = "";
        obstacle = !request.tools().isEmpty()
                ? "the request has tools"
                : request.format() instanceof OutputFormat.Plain ? "" : "the request asks for a form";
    }

    /**
     * An attempt failed. Gives true when it did so only because its backend could not go on with the text, and may begin again.
     *
     * @param attempt which
     * @param failure how
     * @param chars how much text the caller has
     */
    boolean failed(Attempt attempt, LlmException failure, int chars) {
        BackendHandle backend = attempt.backend();
        if (any && lost == null) {
            lost = new Lost(backend.id(), failure.kind() + ": " + failure.getMessage(), chars);
        }
        if (attempt.isResumed() && attempt.firstTokenNanos() < 0) {
            unable.add(backend.id());
            return failure.kind() == Kind.REJECTED || failure.kind() == Kind.PROTOCOL;
        }
        if (writer.isEmpty() && attempt.chars() > 0 && request.failover() == Failover.CONTINUE) {
            writer = backend.id(); // now, because its host may be gone for good
            digest = backend.knowledge().digest(attempt.model(), System.nanoTime());
        }
        return false;
    }

    /**
     * Lets an attempt go on with what the caller has got. Gives false when it must begin again; its reason says why.
     *
     * @param attempt not opened yet
     * @param whole the request with the model's name there
     * @param textSoFar what the caller has got
     * @param limits what is left of them
     */
    boolean resume(Attempt attempt, LlmRequest whole, String textSoFar, CallLimits limits) {
        announced = false;
        if (!any || request.failover() != Failover.CONTINUE) {
            return false;
        }
        String why = obstacle(attempt);
        if (why.isEmpty() && !attempt.resume(rest(whole), textSoFar, limits)) {
            why = "it cannot go on with answers of others";
        }
        attempt.because(
                why.isEmpty()
                        ? "goes on with the text of '" + writer + "', by the same model"
                        : "begins again, because " + why);
        return why.isEmpty();
    }

    private String obstacle(Attempt attempt) {
        BackendHandle backend = attempt.backend();
        if (!obstacle.isEmpty()) {
            return obstacle;
        }
        if (unable.contains(backend.id())) {
            return "it could not go on with the text";
        }
        if (digest.isEmpty()) {
            return "it is not known exactly which model '" + writer + "' has";
        }
        String other = backend.knowledge().digest(attempt.model(), System.nanoTime());
        if (other.isEmpty()) {
            return "it is not known exactly which model it has";
        }
        return other.equals(digest) ? "" : "its model is not the one of '" + writer + "'";
    }

    /** The request for what is left: each piece that was delivered was one token at least. */
    private LlmRequest rest(LlmRequest whole) {
        Integer most = whole.sampling().maxTokens();
        return most == null
                ? whole
                : whole.toBuilder().maxTokens(Math.max(1, most - pieces)).build();
    }

    /**
     * Tells the caller, if it has got anything, who answers in the place of whoever failed; and if the answer begins again,
     * forgets what was delivered and gives true.
     *
     * @param backend who answers now
     * @param resumed whether it goes on
     * @param events for the caller
     */
    boolean takenOver(String backend, boolean resumed, Queue<LlmEvent> events) {
        if (!any) {
            return false;
        }
        Lost before = lost;
        lost = null;
        // a backend that begins again because it could not go on was announced before
        if (before != null && !(unable.contains(backend) && before.backend().equals(backend))) {
            events.add(new LlmEvent.FailedOver(before.backend(), backend, before.reason(), before.chars()));
        }
        if (resumed) {
            return false;
        }
        events.add(new LlmEvent.Restarted(backend));
        forget();
        return true;
    }

    /** Whether an event is the first of a resumed attempt: {@link LlmEvent.Continued} goes before it. */
    boolean isSeam(Attempt attempt, LlmEvent event) {
        boolean seam = attempt.isResumed() && !announced && Hedge.isAnswer(event);
        announced |= seam;
        return seam;
    }
}
