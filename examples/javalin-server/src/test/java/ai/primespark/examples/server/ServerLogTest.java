package ai.primespark.examples.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ServerLogTest {

    private final LoggerContext context = new LoggerContext();
    private final Logger logger = context.getLogger("test");
    private final Queue<String> written = new ConcurrentLinkedQueue<>();
    private final CountDownLatch open = new CountDownLatch(1);
    private volatile boolean stuck;

    private ServerLog hold(Duration longest) {
        context.setMDCAdapter(new LogbackMDCAdapter());
        UnsynchronizedAppenderBase<ILoggingEvent> output = new UnsynchronizedAppenderBase<>() {
            @Override
            protected void append(ILoggingEvent event) {
                try {
                    if (stuck) {
                        open.await();
                    }
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                if (event.getFormattedMessage().equals("bad")) {
                    throw new LinkageError("as if a class were missing");
                }
                written.add(event.getFormattedMessage());
            }
        };
        output.setContext(context);
        output.start();
        context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).addAppender(output);
        return ServerLog.hold(context, longest);
    }

    @AfterEach
    void stop() {
        open.countDown();
        context.stop();
    }

    @Test
    void whatIsLoggedBeforeItIsReleasedComesAfterThatAndInOrder() {
        ServerLog log = hold(Duration.ofMinutes(1));
        logger.info("first");
        logger.info("second");
        assertThat(written).isEmpty();

        log.release();
        logger.info("third");

        await().untilAsserted(() -> assertThat(written).containsExactly("first", "second", "third"));
        logger.info("after a rest");
        await().untilAsserted(() -> assertThat(written).hasSize(4));
    }

    @Test
    void whatIsHeldTooLongComesByItself() {
        ServerLog unreleased = hold(Duration.ofMillis(50));
        logger.info("waiting for something");

        await().untilAsserted(() -> assertThat(written).containsExactly("waiting for something"));
        assertThat(unreleased.isStarted()).isTrue();
    }

    @Test
    void noLineIsLostWhenManyThreadsLogMoreThanFitsAndTheLogEnds() throws Exception {
        ServerLog log = hold(Duration.ofMinutes(1));
        AtomicInteger logged = new AtomicInteger();
        stuck = true; // the writer hangs on its first line
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            String name = "t" + i + " ";
            Thread thread = new Thread(() -> IntStream.range(0, 3_000).forEach(n -> {
                logger.info(name + n);
                logged.incrementAndGet();
            }));
            threads.add(thread);
            thread.start();
        }
        threads.get(0).interrupt(); // as a handler that is told to stop, and says so
        log.release();
        await().until(() -> logged.get() >= 4_096); // as many as are held, so that the others wait
        assertThat(written).isEmpty();

        open.countDown();
        for (Thread thread : threads) {
            thread.join();
        }
        context.stop();

        assertThat(written).hasSize(12_000);
        for (int i = 0; i < 4; i++) {
            String name = "t" + i + " ";
            assertThat(written.stream().filter(line -> line.startsWith(name)))
                    .containsExactlyElementsOf(
                            IntStream.range(0, 3_000).mapToObj(n -> name + n).toList());
        }
    }

    @Test
    void aLineThatCannotBeWrittenKeepsNoOtherAway() {
        ServerLog log = hold(Duration.ofMinutes(1));
        log.release();

        logger.info("bad");
        logger.info("good");

        await().untilAsserted(() -> assertThat(written).containsExactly("good"));
    }
}
