package ai.primespark.core.memory;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A count for a path of a few nanoseconds, where an atomic addition would cost as much as the rest. Each thread adds to one of
 * many cells, without atomicity: threads that share a cell at the same instant may lose a count. For statistics only.
 */
final class StripedCount {

    private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int CELLS = 64;
    private static final int PADDING = 16; // longs, so that no two cells lie in one cache line or its neighbour

    private final long[] cells = new long[CELLS * PADDING];

    void increment() {
        int index = ((int) Thread.currentThread().getId() & CELLS - 1) * PADDING;
        CELL.setOpaque(cells, index, (long) CELL.getOpaque(cells, index) + 1);
    }

    long sum() {
        long sum = 0;
        for (int cell = 0; cell < CELLS; cell++) {
            sum += (long) CELL.getOpaque(cells, cell * PADDING);
        }
        return sum;
    }
}
