package ai.primespark.core.agent.queue;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Tasks by their numbers, for listing. Blocks of 256, so that keeping it costs next to nothing. Guarded by the table's lock.
 */
final class TaskIndex {

    private static final int BITS = 8;
    private static final int SIZE = 1 << BITS;

    private static final class Block {
        final @Nullable TaskRecord[] tasks = new @Nullable TaskRecord[SIZE];
        int count;
    }

    private final TreeMap<Long, Block> blocks = new TreeMap<>();
    private @Nullable Block newest;
    private long newestNumber = -1;

    void add(TaskRecord task) {
        long number = task.number >>> BITS;
        Block block = newest;
        if (block == null || number != newestNumber) {
            if (block != null && block.count == 0) {
                blocks.remove(newestNumber);
            }
            block = blocks.computeIfAbsent(number, n -> new Block());
            newest = block;
            newestNumber = number;
        }
        block.tasks[(int) (task.number & (SIZE - 1))] = task;
        block.count++;
    }

    void remove(TaskRecord task) {
        long number = task.number >>> BITS;
        Block block = number == newestNumber ? newest : blocks.get(number);
        if (block == null) {
            return;
        }
        block.tasks[(int) (task.number & (SIZE - 1))] = null;
        if (--block.count == 0 && number != newestNumber) {
            blocks.remove(number);
        }
    }

    /**
     * Goes through the tasks before a number, newest first, until the visitor has enough or so many places were looked at.
     *
     * @return the number before which to go on, or 0 at the end
     */
    long before(long number, int most, Predicate<TaskRecord> wantsMore) {
        int looked = 0;
        long at = number;
        for (Map.Entry<Long, Block> entry :
                blocks.headMap((number - 1) >>> BITS, true).descendingMap().entrySet()) {
            long start = entry.getKey() << BITS;
            for (int i = (int) Math.min(SIZE, at - start) - 1; i >= 0; i--) {
                TaskRecord task = entry.getValue().tasks[i];
                looked++;
                at = start + i;
                if (task != null && !wantsMore.test(task) || looked >= most) {
                    return at;
                }
            }
            at = start;
        }
        return 0;
    }
}
