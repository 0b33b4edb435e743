package ai.primespark.core.memory;

import ai.primespark.core.memory.objects.ChunkSealing;
import ai.primespark.core.memory.objects.ObjectTier;
import ai.primespark.core.memory.objects.ObjectsEngine;
import ai.primespark.memory.Ack;
import ai.primespark.memory.Memory;
import ai.primespark.memory.NamespaceOptions;
import ai.primespark.spi.Settings;
import ai.primespark.spi.TierTrait;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Joins objects to the memory engine: hands over the tiers that hold chunks, and the namespaces for heads. */
final class ObjectsWiring {

    private ObjectsWiring() {}

    static ObjectsEngine make(
            MemoryEngine engine,
            List<TierLink> links,
            Settings settings,
            Ack ack,
            Path directory,
            ChunkSealing sealing) {
        List<ObjectTier> tiers = new ArrayList<>();
        for (TierLink link : links) {
            link.tier
                    .blobs()
                    .ifPresent(blobs -> tiers.add(new ObjectTier(
                            link.number,
                            link.id,
                            link.zone,
                            link.has(TierTrait.LOCAL),
                            link.has(TierTrait.PERSISTENT),
                            link.has(TierTrait.SHARED),
                            blobs,
                            link::isDown)));
        }
        return new ObjectsEngine(
                new ObjectsEngine.Config(
                        Math.toIntExact(settings.get(MemorySettings.OBJECT_CHUNK_BYTES)),
                        settings.get(MemorySettings.OBJECT_STALL_TIMEOUT),
                        settings.find(MemorySettings.OBJECT_DRAIN_RATE).orElse(Long.MAX_VALUE),
                        engine.maxValueBytes,
                        ack,
                        directory),
                tiers,
                new ObjectsEngine.Namespaces() {
                    @Override
                    public Memory open(String name, NamespaceOptions options) {
                        return engine.namespace(name, options);
                    }

                    @Override
                    public Map<String, NamespaceOptions> known() {
                        return engine.catalog.all();
                    }
                },
                sealing,
                engine.around.clock(),
                engine.around.blocking(),
                engine.around.scheduler(),
                engine.around.meters());
    }
}
