package ai.primespark.core.llm;

import ai.primespark.llm.Privacy;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A store that is a map; it counts what it is asked, and hangs while it is told to. */
final class AnswersOnAMap implements AnswerStore {

    final Map<String, String> values = new ConcurrentHashMap<>();
    final AtomicInteger gets = new AtomicInteger();
    final AtomicInteger puts = new AtomicInteger();
    private volatile CountDownLatch hold = new CountDownLatch(0);

    void hang() {
        hold = new CountDownLatch(1);
    }

    void release() {
        hold.countDown();
    }

    /** Replaces everything by another text. */
    void overwrite(String text) {
        values.replaceAll((key, old) -> text);
    }

    @Override
    public @Nullable String get(Privacy privacy, String key) {
        gets.incrementAndGet();
        await();
        return values.get(privacy + "/" + key);
    }

    @Override
    public void put(Privacy privacy, String key, String value, Duration life) {
        puts.incrementAndGet();
        await();
        values.put(privacy + "/" + key, value);
    }

    private void await() {
        try {
            hold.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
