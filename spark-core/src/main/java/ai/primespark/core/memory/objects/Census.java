package ai.primespark.core.memory.objects;

import ai.primespark.memory.Lookup;
import ai.primespark.memory.MemoryException;
import ai.primespark.memory.ScanPage;
import ai.primespark.memory.TierUnavailableException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Goes through the heads of all objects of all namespaces, also of those that only other machines have opened. Thread-safe.
 */
final class Census {

    private static final int PAGE = 200;
    private static final int READ_AT_ONCE = 8;

    private final Function<Completeness, List<ObjectSpace>> spaces;

    /** What to do when a tier cannot be asked. */
    enum Completeness {
        /** Stop: what is concluded from all heads must not be concluded from some. */
        ALL,
        /** Go on with those that are seen. */
        SOME
    }

    Census(Function<Completeness, List<ObjectSpace>> spaces) {
        this.spaces = spaces;
    }

    /** Gets each head. */
    @FunctionalInterface
    interface Visit {
        void head(ObjectSpace space, String name, ObjectHead head);
    }

    /**
     * Goes through all heads that were written after a moment.
     *
     * @param sinceMillis by the versions' clock; 0 for all
     * @throws TierUnavailableException when all are wanted and some cannot be seen now
     * @throws MemoryException when a head cannot be read
     */
    void each(long sinceMillis, Completeness wanted, Visit visit) {
        for (ObjectSpace space : spaces.apply(wanted)) {
            @Nullable String cursor = null;
            do {
                ScanPage page = space.heads.scan("", cursor, PAGE);
                if (wanted == Completeness.ALL && !page.missingTiers().isEmpty()) {
                    throw new TierUnavailableException(
                            "see all objects of namespace '" + space.name + "'", page.missingTiers());
                }
                List<String> names = new ArrayList<>();
                for (ScanPage.Entry entry : page.entries()) {
                    if (entry.version().millis() >= sinceMillis) {
                        names.add(entry.key());
                    }
                }
                for (int from = 0; from < names.size(); from += READ_AT_ONCE) {
                    read(space, names.subList(from, Math.min(names.size(), from + READ_AT_ONCE)), wanted, visit);
                }
                cursor = page.next();
            } while (cursor != null);
        }
    }

    private static void read(ObjectSpace space, List<String> names, Completeness wanted, Visit visit) {
        for (Map.Entry<String, Lookup<String>> each :
                space.heads.getAll(names, String.class).entrySet()) {
            if (each.getValue() instanceof Lookup.Found<String> found) {
                visit.head(space, each.getKey(), ObjectHead.parse(space.quoted(each.getKey()), found.value()));
            } else if (wanted == Completeness.ALL && each.getValue() instanceof Lookup.Unknown<String> unknown) {
                throw new TierUnavailableException(
                        "read object " + space.quoted(each.getKey()), unknown.tiersNotAsked());
            }
        }
    }
}
