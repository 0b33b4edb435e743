package ai.primespark.spi;

import ai.primespark.Zone;
import java.util.Objects;

/**
 * What an {@link LlmBackend} is.
 *
 * @param id the instance's id, from {@link ProviderContext#id()}
 * @param type the provider's name
 * @param zone how far a request travels to it
 * @param endpoint its address without secrets; empty when it has none
 * @param lastResort whether it answers without a model; such a backend is asked only when nothing else could answer, and its
 *     answers are marked as degraded
 */
public record BackendInfo(String id, String type, Zone zone, String endpoint, boolean lastResort) {

    /** Refuses nulls. */
    public BackendInfo {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(type, "type");
        Objects.requireNonNull(zone, "zone");
        Objects.requireNonNull(endpoint, "endpoint");
    }
}
