package ai.primespark.core.llm;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which smaller models stand in for a model. Immutable. */
final class SmallerModels {

    private final Map<String, String> smaller;

    /** By logical names; none of them may lead back to itself. */
    SmallerModels(Map<String, String> smaller) {
        this.smaller = Map.copyOf(smaller);
    }

    /** Whether following the names always comes to an end. */
    static boolean comeToAnEnd(Map<String, String> smaller) {
        for (String first : smaller.keySet()) {
            Set<String> seen = new HashSet<>();
            for (@Nullable String name = first; name != null; name = smaller.get(name)) {
                if (!seen.add(name)) {
                    return false;
                }
            }
        }
        return true;
    }

    /** The stand-ins for a model, the largest first. */
    List<String> after(String logicalModel) {
        List<String> chain = new ArrayList<>(2);
        for (@Nullable String name = smaller.get(logicalModel); name != null; name = smaller.get(name)) {
            chain.add(name);
        }
        return chain;
    }
}
