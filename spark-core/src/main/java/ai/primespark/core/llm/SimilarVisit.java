package ai.primespark.core.llm;

import ai.primespark.core.llm.semantic.Guard;
import ai.primespark.core.llm.semantic.Question;
import ai.primespark.core.llm.semantic.SemanticCache;
import ai.primespark.llm.AnswerSource;
import ai.primespark.llm.CacheMode;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmResponse;
import ai.primespark.llm.Message;
import ai.primespark.llm.RouteTrace;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One call's use of answers to similar questions. The reading thread's own.
 *
 * <p>Similar are only the last messages; all else in the request is the same, privacy and every earlier message included.
 */
final class SimilarVisit {

    private final SimilarAnswers answers;
    private final LlmRequest request;
    private final String logicalModel;
    private final Waiter waiter;
    private boolean read;
    private @Nullable Question question; // null as long as it is not read, and when it must not be compared
    private @Nullable RequestKey partition; // null when the question is

    SimilarVisit(SimilarAnswers answers, LlmRequest request, String logicalModel, Waiter waiter) {
        this.answers = answers;
        this.request = request;
        this.logicalModel = logicalModel;
        this.waiter = waiter;
    }

    /** A good answer, before any backend is asked; null when there is none, and when that is not wanted. */
    SimilarAnswers.@Nullable Similar inFront(long remaining) throws InterruptedException {
        return answers.inFront() ? find(false, remaining) : null;
    }

    /** Any answer, for when nobody can give a better one; null when there is none. */
    SimilarAnswers.@Nullable Similar offline(long remaining) throws InterruptedException {
        return find(true, remaining);
    }

    void store(LlmResponse response) {
        boolean worth = request.cache() != CacheMode.BYPASS
                && response.answerSource() == AnswerSource.LIVE
                && AnswerCache.isWhole(response);
        if (worth) {
            read();
            if (question != null && partition != null) {
                String digest = answers.identity().digest(response.backend(), response.model());
                answers.cache().store(partition, question, lastText(), response.withTrace(RouteTrace.DIRECT), digest);
            }
        }
    }

    private SimilarAnswers.@Nullable Similar find(boolean evenStale, long remaining) throws InterruptedException {
        if (request.cache() != CacheMode.USE || remaining <= 0) {
            return null;
        }
        read();
        if (question == null || partition == null) {
            return null;
        }
        List<SemanticCache.Known> known = new ArrayList<>(answers.cache().find(partition, question));
        known.replaceAll(k -> answers.identity().isReplaced(k.answer(), k.digest()) ? k.outdated() : k);
        known.removeIf(k ->
                k.stale() && !evenStale || !request.privacy().allows(k.answer().zone()));
        if (!known.isEmpty()) {
            return answers.best(lastText(), known, request, remaining, waiter);
        }
        if (answers.cache().hasLookalike(partition, question)) {
            answers.guarded();
        }
        return null;
    }

    private void read() {
        if (read) {
            return;
        }
        read = true;
        if (isSuitable()) {
            question = Guard.read(lastText()).orElse(null);
            partition = question == null ? null : RequestKey.of(withoutQuestion(), logicalModel);
        }
    }

    /** Plain text only: what tools did and images show is not compared. */
    private boolean isSuitable() {
        List<Message> messages = request.messages();
        return request.tools().isEmpty()
                && messages.get(messages.size() - 1).role() == Message.Role.USER
                && messages.stream()
                        .allMatch(
                                m -> m.images().isEmpty() && m.toolCalls().isEmpty() && m.role() != Message.Role.TOOL);
    }

    /** All that must be equal: whatever is a part of the exact key is a part of this one. */
    private LlmRequest withoutQuestion() {
        List<Message> messages = new ArrayList<>(request.messages());
        messages.set(messages.size() - 1, Message.user(""));
        return request.toBuilder().messages(messages).build();
    }

    private String lastText() {
        return request.messages().get(request.messages().size() - 1).content();
    }
}
