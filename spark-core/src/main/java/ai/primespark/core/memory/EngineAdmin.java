package ai.primespark.core.memory;

import ai.primespark.memory.KeyPlaces;
import ai.primespark.memory.MemoryAdmin;
import ai.primespark.memory.MemoryStats;
import ai.primespark.memory.NamespaceOptions;
import ai.primespark.memory.RepairOptions;
import ai.primespark.memory.SweepReport;
import ai.primespark.memory.UpkeepProgress;
import ai.primespark.memory.UpkeepReport;
import ai.primespark.memory.UpkeepRun;
import ai.primespark.memory.VerifyOptions;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;

/** The engine's tiers, as an operator sees them from one namespace. */
final class EngineAdmin implements MemoryAdmin {

    private final MemoryEngine engine;
    private final Space space;

    EngineAdmin(MemoryEngine engine, Space space) {
        this.engine = engine;
        this.space = space;
    }

    @Override
    public KeyPlaces where(String key) {
        engine.checkOpen();
        return engine.placement(space).where(space.key(key), engine.deadline());
    }

    @Override
    public Set<String> pinned() {
        engine.checkOpen();
        return Collections.unmodifiableSet(engine.upkeep.wishes.pinned(space.name));
    }

    @Override
    public Map<String, NamespaceOptions> namespaces() {
        engine.checkOpen();
        return Collections.unmodifiableMap(engine.catalog.all());
    }

    @Override
    public List<MemoryStats.TierStats> tiers() {
        engine.checkOpen();
        return engine.stats().tiers();
    }

    @Override
    public UpkeepRun<UpkeepReport> verify(VerifyOptions options, Consumer<UpkeepProgress> listener) {
        engine.checkOpen();
        Objects.requireNonNull(listener, "listener");
        return engine.upkeep.compare(
                "verify",
                options.namespaces(),
                options.deep(),
                options.recordsPerSecond(),
                false,
                options.mendDamaged(),
                listener);
    }

    @Override
    public UpkeepRun<UpkeepReport> repair(RepairOptions options, Consumer<UpkeepProgress> listener) {
        engine.checkOpen();
        Objects.requireNonNull(listener, "listener");
        return engine.upkeep.compare(
                "repair", options.namespaces(), options.deep(), options.recordsPerSecond(), true, true, listener);
    }

    @Override
    public UpkeepRun<SweepReport> sweep() {
        engine.checkOpen();
        return engine.upkeep.sweep();
    }

    @Override
    public String toString() {
        return "MemoryAdmin[" + space.name + "]";
    }
}
