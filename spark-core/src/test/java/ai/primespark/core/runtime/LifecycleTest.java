package ai.primespark.core.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.primespark.core.runtime.Lifecycle.LifecycleException;
import ai.primespark.memory.MemoryException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LifecycleTest {

    private static final Duration GRACE = Duration.ofSeconds(30);

    private final Lifecycle lifecycle = new Lifecycle();
    private final List<String> closed = Collections.synchronizedList(new ArrayList<>());

    @Test
    void closesInReverseOrderAndOnce() {
        lifecycle.add("a", () -> closed.add("a"));
        lifecycle.start("b", () -> {}, () -> closed.add("b"));
        lifecycle.add("c", () -> closed.add("c"));

        lifecycle.close(GRACE);
        lifecycle.close(GRACE);

        assertThat(closed).containsExactly("c", "b", "a");
        assertThat(lifecycle.isClosed()).isTrue();
    }

    @Test
    void aFailedStartIsNamedAndRolledBackTogetherWithThoseBefore() {
        lifecycle.add("a", () -> closed.add("a"));
        LifecycleException failure = catchThrowableOfType(
                LifecycleException.class,
                () -> lifecycle.start(
                        "b",
                        () -> {
                            throw new IOException("disk full");
                        },
                        () -> closed.add("b")));

        lifecycle.rollBack(failure, GRACE);

        assertThat(failure).hasMessage("b cannot start: disk full").hasCauseInstanceOf(IOException.class);
        assertThat(failure.getSuppressed()).isEmpty();
        assertThat(closed).containsExactly("b", "a");
    }

    @Test
    void anExceptionOfOurOwnIsThrownAsItIs() {
        MemoryException own = new MemoryException("directory in use", false, null);

        assertThatExceptionOfType(MemoryException.class)
                .isThrownBy(() -> lifecycle.start(
                        "a",
                        () -> {
                            throw own;
                        },
                        () -> {}))
                .isSameAs(own);
    }

    @Test
    void anInterruptedStartKeepsTheInterrupt() {
        assertThatExceptionOfType(LifecycleException.class)
                .isThrownBy(() -> lifecycle.start(
                        "a",
                        () -> {
                            throw new InterruptedException();
                        },
                        () -> {}));
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void oneThatCannotBeClosedKeepsNoOtherOpen() {
        lifecycle.add("a", () -> closed.add("a"));
        lifecycle.add("b", () -> {
            throw new IOException("broken");
        });
        lifecycle.add("c", () -> {
            throw new IllegalStateException("bug");
        });

        LifecycleException failure = catchThrowableOfType(LifecycleException.class, () -> lifecycle.close(GRACE));

        assertThat(closed).containsExactly("a");
        assertThat(failure)
                .hasMessage("2 parts did not close cleanly: c failed to close: java.lang.IllegalStateException: bug");
        assertThat(failure.getSuppressed())
                .extracting(Throwable::getMessage)
                .containsExactly(
                        "c failed to close: java.lang.IllegalStateException: bug",
                        "b failed to close: java.io.IOException: broken");
    }

    @Test
    void oneThatHangsIsLeftBehindAndReported() {
        CountDownLatch never = new CountDownLatch(1);
        lifecycle.add("a", () -> closed.add("a"));
        lifecycle.add("hung", never::await);

        LifecycleException failure =
                catchThrowableOfType(LifecycleException.class, () -> lifecycle.close(Duration.ofMillis(50)));

        assertThat(closed).containsExactly("a");
        assertThat(failure.getSuppressed())
                .extracting(Throwable::getMessage)
                .containsExactly("hung did not close within PT0.05S");
        never.countDown();
    }

    @Test
    void aRollBackAttachesWhatGoesWrongWithIt() {
        lifecycle.add("a", () -> {
            throw new IOException("broken");
        });
        IllegalStateException failure = new IllegalStateException("the reason");

        lifecycle.rollBack(failure, GRACE);

        assertThat(failure.getSuppressed()).singleElement().isInstanceOf(LifecycleException.class);
        assertThatNoException().isThrownBy(() -> lifecycle.close(GRACE));
    }

    @Test
    void anInterruptedCloserGoesOnWithTheOthersAndKeepsTheInterrupt() {
        lifecycle.add("a", () -> closed.add("a"));
        lifecycle.add("hung", () -> new CountDownLatch(1).await());

        Thread.currentThread().interrupt();
        lifecycle.close(GRACE);

        assertThat(Thread.interrupted()).isTrue();
        assertThat(closed).containsExactly("a");
    }
}
