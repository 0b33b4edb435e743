package ai.primespark.llm;

import ai.primespark.Zone;
import java.util.List;

/**
 * What a backend offers.
 *
 * @param backend its id
 * @param type its provider's name
 * @param zone where it is
 * @param endpoint its address without secrets; empty when it has none
 * @param reachable whether it answered
 * @param detail why it did not answer; empty when it did
 * @param models its models; empty when it did not answer
 */
public record BackendModels(
        String backend,
        String type,
        Zone zone,
        String endpoint,
        boolean reachable,
        String detail,
        List<ModelInfo> models) {

    /** Copies the list. */
    public BackendModels {
        models = List.copyOf(models);
    }
}
