package ai.primespark.core.memory;

import ai.primespark.TypeRef;
import ai.primespark.memory.Lookup;
import ai.primespark.memory.Memory;
import ai.primespark.memory.MemoryAdmin;
import ai.primespark.memory.MemoryException;
import ai.primespark.memory.MemoryStats;
import ai.primespark.memory.ModelStore;
import ai.primespark.memory.NamespaceOptions;
import ai.primespark.memory.ObjectStore;
import ai.primespark.memory.PutOptions;
import ai.primespark.memory.ScanPage;
import ai.primespark.memory.Stored;
import ai.primespark.memory.TierUnavailableException;
import ai.primespark.memory.UnknownPolicy;
import ai.primespark.memory.Version;
import ai.primespark.memory.WriteResult;
import ai.primespark.spi.Condition;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierRecord;
import java.lang.reflect.Type;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** One namespace, as applications see it. */
final class NamespaceMemory implements Memory {

    private static final int PREFETCH_BATCH = 1_000; // keys within one time limit

    private final MemoryEngine engine;
    private final Space space;
    private final WriteRequests requests;

    // copies for the shortest way to a value that the near tier holds
    private final String name;
    private final @Nullable CaffeineTier near;
    private final StripedCount nearHits;

    NamespaceMemory(MemoryEngine engine, Space space) {
        this.engine = engine;
        this.space = space;
        this.requests = new WriteRequests(engine, space);
        this.name = space.name;
        this.near = space.near;
        this.nearHits = space.tiers.get(0).hits;
    }

    boolean reaches(TierLink link) {
        return space.tiers.contains(link);
    }

    NamespaceOptions options() {
        return space.options;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Memory namespace(String other) {
        return engine.namespace(other, null);
    }

    @Override
    public Memory namespace(String other, NamespaceOptions options) {
        return engine.namespace(other, Objects.requireNonNull(options, "options"));
    }

    // --- reading

    @Override
    public <T> Lookup<T> get(String key, Class<T> type) {
        return lookup(key, type);
    }

    @Override
    public <T> Lookup<T> get(String key, TypeRef<T> type) {
        return lookup(key, type.type());
    }

    /** Looks before it checks the key: only legal keys are there. */
    @SuppressWarnings("unchecked") // remembered under the very type that is asked for
    private <T> Lookup<T> lookup(String key, Type type) {
        if (near != null && !engine.isClosed()) {
            NearEntry entry = near.peek(name, key);
            if (entry != null) {
                Lookup.Found<?> ready = entry.ready(type);
                if (ready != null
                        && (entry.validUntilMillis() == TierRecord.NEVER || entry.validUntilMillis() > engine.now())) {
                    nearHits.increment();
                    return (Lookup<T>) (entry.isBytes() ? copy(ready) : ready);
                }
            }
        }
        TierKey legal = legal(key);
        return answer(legal, read(legal), Objects.requireNonNull(type, "type"));
    }

    Answer read(TierKey key) {
        return engine.reader.read(space, key, engine.deadline());
    }

    private TierKey legal(String key) {
        engine.checkOpen();
        return space.key(Objects.requireNonNull(key, "key"));
    }

    @SuppressWarnings("unchecked") // the codec gives what the type says
    <T> Lookup<T> answer(TierKey key, Answer answer, Type type) {
        TierRecord record = answer.record();
        long now = engine.now();
        if (record == null || !answer.isFound(now)) {
            if (answer.isAbsent(now)) {
                return new Lookup.Absent<>();
            }
            if (answer.isDamaged()) {
                throw new MemoryException(
                        "key '" + key.key() + "' of namespace '" + name
                                + "' is damaged in every tier that has it (" + answer.damaged()
                                + "); write it anew or delete it",
                        false,
                        null);
            }
            engine.unknowns.increment();
            return new Lookup.Unknown<>(doubts(answer));
        }
        Lookup.Found<T> found = new Lookup.Found<>(
                (T) Codecs.decode(record, type),
                record.version(),
                answer.tier(),
                record.expiresAtMillis() == TierRecord.NEVER ? null : Instant.ofEpochMilli(record.expiresAtMillis()),
                answer.certain() ? Lookup.Freshness.CONFIRMED : Lookup.Freshness.POSSIBLY_STALE);
        if (near != null) {
            remember(near, record, type, found);
        }
        return found;
    }

    private static Lookup.Found<?> copy(Lookup.Found<?> found) {
        return new Lookup.Found<>(
                ((byte[]) found.value()).clone(), found.version(), found.tier(), found.expiry(), found.freshness());
    }

    /** Keeps the answer with the near tier's record, so that the next reader shares it. */
    private void remember(CaffeineTier cache, TierRecord record, Type type, Lookup.Found<?> found) {
        NearEntry entry = cache.peek(name, record.key().key());
        if (entry == null || entry.record() != record || found.freshness() != Lookup.Freshness.CONFIRMED) {
            return;
        }
        String nearId = space.tiers.get(0).id;
        boolean ours = found.tier().equals(nearId);
        Lookup.Found<?> near = ours
                ? found
                : new Lookup.Found<>(found.value(), found.version(), nearId, found.expiry(), found.freshness());
        entry.remember(type, entry.isBytes() ? copy(near) : near);
        if (ours) {
            nearHits.increment();
        }
    }

    private static List<String> doubts(Answer answer) {
        List<String> doubts = new ArrayList<>(answer.missing());
        doubts.addAll(answer.damaged());
        return doubts;
    }

    @Override
    public <T> Lookup<T> get(String key, Class<T> type, int maxTier) {
        if (maxTier < 1) {
            throw new IllegalArgumentException("tiers are counted from 1, not " + maxTier);
        }
        TierKey legal = legal(key);
        return answer(legal, engine.reader.readUpTo(space, legal, maxTier, engine.deadline()), type);
    }

    @Override
    public <T> Optional<T> find(String key, Class<T> type) {
        return optional(get(key, type));
    }

    <T> Optional<T> optional(Lookup<T> lookup) {
        return lookup instanceof Lookup.Unknown && space.options.unknown() == UnknownPolicy.TREAT_AS_ABSENT
                ? Optional.empty()
                : lookup.toOptional();
    }

    @Override
    public <T> Map<String, Lookup<T>> getAll(Collection<String> keys, Class<T> type) {
        List<TierKey> legal = new ArrayList<>();
        new LinkedHashSet<>(keys).forEach(key -> legal.add(legal(key)));
        Map<TierKey, Answer> answers =
                new BulkReader(engine.reader, space, engine.deadline(), engine.around.patience()).read(legal);
        Map<String, Lookup<T>> lookups = new LinkedHashMap<>();
        for (TierKey key : legal) {
            lookups.put(key.key(), answer(key, Objects.requireNonNull(answers.get(key)), type));
        }
        return lookups;
    }

    @Override
    public boolean exists(String key) {
        return liveRecord(legal(key), "look for a key") != null;
    }

    /** The live record, or null when there is surely none, or when unknown counts as none. */
    private @Nullable TierRecord liveRecord(TierKey key, String operation) {
        Answer answer = read(key);
        long now = engine.now();
        if (answer.isFound(now)) {
            return answer.record();
        }
        if (answer.isAbsent(now)) {
            return null;
        }
        engine.unknowns.increment();
        if (space.options.unknown() == UnknownPolicy.TREAT_AS_ABSENT) {
            return null;
        }
        throw new TierUnavailableException(operation, doubts(answer));
    }

    @Override
    @SuppressWarnings("unchecked") // the load gives what this call, or one for the same type, put in
    public <T> Optional<T> getOrLoad(String key, Class<T> type, PutOptions options, Callable<@Nullable T> loader) {
        Lookup<T> there = get(key, type);
        if (there.isFound()) {
            return there.toOptional();
        }
        TierKey legal = legal(key);
        engine.loads.refuseIfJustFailed(legal);
        Deadline deadline = engine.deadline();
        ValueLoad<T> load = new ValueLoad<>(engine, space, this, legal, type, options, loader);
        Object value = engine.loads.once(
                legal, deadline, load::meanwhile, () -> engine.leases.load(space, legal, deadline, load));
        if (value == null) {
            return Optional.empty();
        }
        if (value instanceof byte[] bytes && type.isInstance(value)) {
            return (Optional<T>) Optional.of(bytes.clone());
        }
        // another thread may have asked for it as another type
        return type.isInstance(value) || type.isPrimitive() ? Optional.of((T) value) : optional(get(key, type));
    }

    // --- writing

    @Override
    public Stored put(String key, Object value, PutOptions options) {
        return requests.put(legal(key), Objects.requireNonNull(value, "value"), options);
    }

    @Override
    public Map<String, Stored> putAll(Map<String, ?> values, PutOptions options) {
        Map<TierKey, Object> legal = new LinkedHashMap<>();
        values.forEach((key, value) -> legal.put(legal(key), Objects.requireNonNull(value, "value")));
        return requests.putAll(legal, options);
    }

    @Override
    public WriteResult putIfAbsent(String key, Object value, PutOptions options) {
        return requests.putIf(legal(key), Objects.requireNonNull(value, "value"), options, Condition.IF_ABSENT);
    }

    @Override
    public WriteResult replace(String key, Version expected, Object value, PutOptions options) {
        return requests.putIf(
                legal(key), Objects.requireNonNull(value, "value"), options, Condition.ifVersion(expected));
    }

    @Override
    public Optional<Stored> touch(String key, @Nullable Duration timeToLive) {
        if (timeToLive != null && (timeToLive.isZero() || timeToLive.isNegative())) {
            throw new IllegalArgumentException("a time to live must be positive: " + timeToLive);
        }
        TierKey legal = legal(key);
        Deadline deadline = engine.deadline();
        while (!deadline.isOver()) {
            TierRecord record = liveRecord(legal, "touch a key");
            if (record == null) {
                return Optional.empty();
            }
            WriteResult result = requests.touch(record, timeToLive, deadline);
            if (result instanceof Stored stored) {
                return Optional.of(stored);
            }
        }
        throw new MemoryException(
                "cannot touch key '" + key + "': others write it all the time; try again", true, null);
    }

    @Override
    public Stored delete(String key) {
        return requests.delete(legal(key));
    }

    @Override
    public WriteResult deleteIf(String key, Version expected) {
        return requests.deleteIf(legal(key), expected);
    }

    // --- moving and looking around

    @Override
    public ScanPage scan(String prefix, @Nullable String cursor, int limit) {
        engine.checkOpen();
        Objects.requireNonNull(prefix, "prefix");
        if (limit < 1 || limit > 10_000) {
            throw new IllegalArgumentException("a limit is 1 to 10,000, not " + limit);
        }
        return engine.scanner.page(space, prefix, cursor, limit, engine.deadline());
    }

    @Override
    public boolean persist(String key) {
        TierRecord record = liveRecord(legal(key), "persist a key");
        return record != null && requests.persist(record);
    }

    @Override
    public boolean prefetch(String key) {
        if (isPrefetchPaused()) {
            TierKey unused = legal(key);
            return false;
        }
        TierRecord record = liveRecord(legal(key), "prefetch a key");
        return record != null && requests.prefetch(record);
    }

    @Override
    public int prefetchAll(Collection<String> keys) {
        List<TierKey> legal = new ArrayList<>();
        new LinkedHashSet<>(keys).forEach(key -> legal.add(legal(key)));
        int there = 0;
        if (isPrefetchPaused()) {
            return there;
        }
        List<String> doubts = new ArrayList<>();
        for (int from = 0; from < legal.size(); from += PREFETCH_BATCH) {
            Deadline deadline = engine.deadline();
            List<TierKey> some = legal.subList(from, Math.min(legal.size(), from + PREFETCH_BATCH));
            for (Answer answer : new BulkReader(engine.reader, space, deadline, engine.around.patience())
                    .read(some)
                    .values()) {
                TierRecord record = answer.record();
                if (record != null && answer.isFound(engine.now())) {
                    there += requests.prefetch(record) ? 1 : 0;
                } else if (!answer.isAbsent(engine.now())) {
                    doubts.addAll(doubts(answer));
                }
            }
        }
        if (!doubts.isEmpty() && space.options.unknown() == UnknownPolicy.FAIL) {
            throw new TierUnavailableException(
                    "prefetch", doubts.stream().distinct().toList());
        }
        return there;
    }

    private boolean isPrefetchPaused() {
        return engine.isSaving() && !space.options.urgent();
    }

    @Override
    public void pin(String key, boolean pinned) {
        engine.placement(space).pin(legal(key), pinned, engine.deadline());
    }

    @Override
    public boolean demote(String key) {
        return engine.placement(space).demote(legal(key), engine.deadline());
    }

    @Override
    public MemoryAdmin admin() {
        engine.checkOpen();
        return new EngineAdmin(engine, space);
    }

    @Override
    public boolean flush(Duration timeout) {
        engine.checkOpen();
        return engine.flush(timeout);
    }

    @Override
    public MemoryStats stats() {
        engine.checkOpen();
        return engine.stats();
    }

    @Override
    public ObjectStore objects() {
        engine.checkOpen();
        return engine.objects.store(name, space.options);
    }

    @Override
    public ModelStore models() {
        engine.checkOpen();
        return engine.models();
    }

    @Override
    public String toString() {
        return "Memory[" + name + "]";
    }
}
