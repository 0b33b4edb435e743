package ai.primespark.core.llm;

import ai.primespark.llm.RouteTrace.Readiness;
import org.jspecify.annotations.Nullable;

/**
 * How a call found a host when it was let in.
 *
 * @param work what there is to read
 * @param readiness whether the model was loaded
 * @param lead the load that this call leads; null when it leads none
 * @param alone whether nobody was before it
 * @param bill what it is expected to use up
 */
record Entry(Workload work, Readiness readiness, ColdLoads.@Nullable Load lead, boolean alone, Bill bill) {

    /** Ends the load, if this call leads one. Harmless when repeated. */
    void loaded() {
        if (lead != null) {
            lead.end();
        }
    }
}
