package ai.primespark.spi.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

class FuturesTest {

    @Test
    void cancellingTheEndCancelsTheBeginning() {
        CompletableFuture<Integer> first = new CompletableFuture<>();
        CompletableFuture<String> second = new CompletableFuture<>();
        CompletableFuture<String> end = Futures.refine(
                Futures.map(Futures.then(first, value -> second), text -> text + "!"), failure -> failure);
        end.cancel(true);
        assertThat(first.isCancelled()).isTrue();
        CompletableFuture<Integer> begun = CompletableFuture.completedFuture(1);
        CompletableFuture<String> later = Futures.then(begun, value -> second);
        later.cancel(true);
        assertThat(second.isCancelled()).isTrue();
    }

    @Test
    void failuresArePassedOnBareAndRefined() {
        IllegalStateException problem = new IllegalStateException("x");
        CompletableFuture<Integer> failed = CompletableFuture.failedFuture(new CompletionException(problem));
        CompletableFuture<Integer> end = Futures.map(failed, value -> value + 1);
        assertThatThrownBy(end::get)
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isSameAs(problem);
        CompletableFuture<Integer> refined = Futures.refine(end, failure -> new IllegalArgumentException(failure));
        assertThatThrownBy(refined::get).cause().isInstanceOf(IllegalArgumentException.class);
        CompletableFuture<Integer> thrown =
                Futures.<Integer, Integer>map(CompletableFuture.completedFuture(1), value -> {
                    throw problem;
                });
        assertThatThrownBy(thrown::get).cause().isSameAs(problem);
    }

    @Test
    void openWorkEndsWithTheBackendAndRefusesWhatComesLater() {
        OpenWork work = new OpenWork(() -> new IllegalStateException("closed"));
        CompletableFuture<Integer> running = work.track(new CompletableFuture<>());
        CompletableFuture<Integer> over = work.track(new CompletableFuture<>());
        over.complete(1);
        work.close();
        work.close();
        assertThatThrownBy(running::get).cause().hasMessage("closed");
        assertThat(over.join()).isEqualTo(1);
        assertThat(work.isClosed()).isTrue();
        CompletableFuture<Integer> late = work.track(new CompletableFuture<>());
        assertThat(late.isCompletedExceptionally()).isTrue();
    }
}
