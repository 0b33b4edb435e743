package ai.primespark.agent;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One page of a listing.
 *
 * @param tasks what was found; may be fewer than the limit even when more follow
 * @param next what to pass for the next page, or null at the end
 */
public record TaskPage(List<TaskSnapshot> tasks, @Nullable String next) {

    /** Copies the collection. */
    public TaskPage {
        tasks = List.copyOf(tasks);
    }

    /**
     * What to pass for the next page.
     *
     * @return empty at the end
     */
    public Optional<String> nextCursor() {
        return Optional.ofNullable(next);
    }
}
