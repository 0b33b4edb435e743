package ai.primespark.core.llm;

import ai.primespark.llm.BackendModels;
import ai.primespark.spi.BackendInfo;
import ai.primespark.spi.BackendStatus;
import ai.primespark.spi.Deadline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Asks all backends at once what they offer. Thread-safe. */
final class ModelSurvey {

    private static final Duration LIMIT = Duration.ofSeconds(2);

    private final List<BackendHandle> backends;
    private final Executor blocking;

    ModelSurvey(List<BackendHandle> backends, Executor blocking) {
        this.backends = backends;
        this.blocking = blocking;
    }

    List<BackendModels> take() {
        Deadline deadline = Deadline.in(LIMIT);
        List<CompletableFuture<BackendStatus>> asked = new ArrayList<>(backends.size());
        for (BackendHandle backend : backends) {
            // a backend that does not return at once, as it should, holds up only itself
            asked.add(CompletableFuture.supplyAsync(() -> backend.backend().status(deadline), blocking)
                    .thenCompose(status -> status));
        }
        List<BackendModels> models = new ArrayList<>(backends.size());
        for (int i = 0; i < asked.size(); i++) {
            models.add(collect(backends.get(i).info(), asked.get(i), deadline));
        }
        return models;
    }

    private static BackendModels collect(BackendInfo info, CompletableFuture<BackendStatus> status, Deadline deadline) {
        try {
            return entry(info, status.get(Math.max(0, deadline.remainingNanos()), TimeUnit.NANOSECONDS), "");
        } catch (TimeoutException e) {
            status.cancel(true);
            return entry(info, null, "did not answer within " + LIMIT.toSeconds() + " s");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            status.cancel(true);
            return entry(info, null, "was not waited for: the thread was interrupted");
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() instanceof CompletionException wrapper ? wrapper.getCause() : e.getCause();
            return entry(info, null, String.valueOf(cause == null ? e.getMessage() : cause.getMessage()));
        }
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
