package ai.primespark.core.llm;

import ai.primespark.llm.BackendModels;
import ai.primespark.spi.BackendInfo;
import ai.primespark.spi.BackendStatus;
import ai.primespark.spi.Deadline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Asks all backends at once what they offer. Thread-safe. */
final class ModelSurvey {

    /** How long backends have time to answer, unless somebody has less. */
    static final Duration LIMIT = Duration.ofSeconds(2);

    private final List<BackendHandle> backends;
    private final Function<BackendHandle, @Nullable String> barriers;
    private final Executor blocking;

    /** Questions that a backend may not have returned from; while it has not, it is not asked again. */
    private final Map<BackendHandle, Question> owed = new ConcurrentHashMap<>();

    /**
     * One that a backend was asked.
     *
     * @param returned when the backend has returned, perhaps without its answer
     * @param answer the answer
     * @param deadline by when
     */
    private record Question(
            CompletableFuture<CompletionStage<BackendStatus>> returned,
            CompletableFuture<BackendStatus> answer,
            Deadline deadline) {}

    /**
     * Makes one.
     *
     * @param backends to ask
     * @param barriers why nothing may be sent to a backend now, or null; asking tells its host that somebody is there
     * @param blocking where questions run
     */
    ModelSurvey(List<BackendHandle> backends, Function<BackendHandle, @Nullable String> barriers, Executor blocking) {
        this.backends = backends;
        this.barriers = barriers;
        this.blocking = blocking;
    }

    /**
     * Asks all of them.
     *
     * @param limit how long they have time to answer
     */
    List<BackendModels> take(Duration limit) {
        Deadline deadline = Deadline.in(limit);
        List<CompletableFuture<BackendStatus>> asked = new ArrayList<>(backends.size());
        for (BackendHandle backend : backends) {
            String barrier = barriers.apply(backend);
            if (barrier != null) {
                asked.add(CompletableFuture.failedFuture(new IllegalStateException("is not asked: " + barrier)));
                continue;
            }
            asked.add(ask(backend, deadline));
        }
        List<BackendModels> models = new ArrayList<>(backends.size());
        for (int i = 0; i < asked.size(); i++) {
            models.add(collect(backends.get(i).info(), asked.get(i), deadline, limit));
        }
        return models;
    }

    /**
     * A backend that does not return at once, as it should, holds up only itself, and no more than one thread: who asks meanwhile
     * gets the same answer, and when its time is over, none.
     */
    private CompletableFuture<BackendStatus> ask(BackendHandle backend, Deadline deadline) {
        try {
            Question question = owed.compute(
                    backend,
                    (same, before) -> before == null || before.returned().isDone() ? begin(same, deadline) : before);
            if (!question.returned().isDone() && question.deadline().isOver()) {
                return CompletableFuture.failedFuture(
                        new IllegalStateException("is not asked: it has not returned from being asked before"));
            }
            return question.answer().copy(); // who gives up does so for himself
        } catch (RejectedExecutionException e) {
            return CompletableFuture.failedFuture(new IllegalStateException("is not asked: no thread is free", e));
        }
    }

    private Question begin(BackendHandle backend, Deadline deadline) {
        CompletableFuture<CompletionStage<BackendStatus>> returned =
                CompletableFuture.supplyAsync(() -> backend.backend().status(deadline), blocking);
        return new Question(returned, returned.thenCompose(status -> status), deadline);
    }

    private static BackendModels collect(
            BackendInfo info, CompletableFuture<BackendStatus> status, Deadline deadline, Duration limit) {
        try {
            return entry(info, status.get(Math.max(0, deadline.remainingNanos()), TimeUnit.NANOSECONDS), "");
        } catch (TimeoutException e) {
            status.cancel(true);
            return entry(info, null, "did not answer within " + words(limit));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            status.cancel(true);
            return entry(info, null, "was not waited for: the thread was interrupted");
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() instanceof CompletionException wrapper ? wrapper.getCause() : e.getCause();
            return entry(info, null, String.valueOf(cause == null ? e.getMessage() : cause.getMessage()));
        }
    }

    private static String words(Duration limit) {
        return limit.toMillis() % 1_000 == 0 ? limit.toSeconds() + " s" : limit.toMillis() + " ms";
    }

    private static BackendModels entry(BackendInfo info, @Nullable BackendStatus status, String detail) {
        return new BackendModels(
                info.id(),
                info.type(),
                info.zone(),
                info.endpoint(),
                status != null,
                detail,
                status == null ? List.of() : status.models());
    }
}
