package ai.primespark.core.memory;

import ai.primespark.memory.PutOptions;
import ai.primespark.memory.TierUnavailableException;
import ai.primespark.memory.UnknownPolicy;
import ai.primespark.memory.WriteResult;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierRecord;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One caller's way to a value that was not there. */
final class ValueLoad<T> implements LoadLeases.Work {

    private final MemoryEngine engine;
    private final Space space;
    private final NamespaceMemory memory;
    private final TierKey key;
    private final Class<T> type;
    private final PutOptions options;
    private final Callable<@Nullable T> loader;

    ValueLoad(
            MemoryEngine engine,
            Space space,
            NamespaceMemory memory,
            TierKey key,
            Class<T> type,
            PutOptions options,
            Callable<@Nullable T> loader) {
        this.engine = engine;
        this.space = space;
        this.memory = memory;
        this.key = key;
        this.type = type;
        this.options = options;
        this.loader = loader;
    }

    private @Nullable Object look() {
        if (space.near != null) {
            space.near.dropAbsent(key);
        }
        return memory.optional(memory.get(key.key(), type)).orElse(null);
    }

    @Override
    public Object decode(Answer answer) {
        return memory.answer(key, answer, type).toOptional().orElseThrow();
    }

    @Override
    public @Nullable Object meanwhile() {
        Duration life = space.options.staleLife();
        if (life.isZero()) {
            return null;
        }
        Answer answer = memory.read(key);
        TierRecord record = answer.record();
        long now = engine.now();
        if (record == null || record.isTombstone() || !record.isExpired(now) || !answer.certain()) {
            return null;
        }
        return now - record.expiresAtMillis() < life.toMillis() ? Codecs.decode(record, type) : null;
    }

    @Override
    public @Nullable Object compute(@Nullable Supplier<Answer> elsewhere) throws InterruptedException {
        Object there = look();
        if (there != null) {
            return there;
        }
        T value = engine.loads.call(key, loader);
        if (value == null) {
            return null;
        }
        Answer others = elsewhere == null ? null : elsewhere.get();
        if (others != null && others.isFound(engine.now())) {
            return decode(others);
        }
        if (space.arbiter == null) {
            memory.put(key.key(), value, options);
            return value;
        }
        try {
            // not over what somebody else may have written while the loader ran
            WriteResult result = memory.putIfAbsent(key.key(), value, options);
            return result.isStored()
                    ? value
                    : memory.optional(memory.get(key.key(), type)).orElse(value);
        } catch (TierUnavailableException e) {
            if (space.options.unknown() == UnknownPolicy.TREAT_AS_ABSENT) {
                return value; // a pure cache that cannot store now
            }
            throw e;
        }
    }
}
