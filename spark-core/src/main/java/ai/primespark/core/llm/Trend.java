package ai.primespark.core.llm;

/**
 * A straight line through points, the latest weighing most. Immutable.
 *
 * @param n weight of all points
 * @param x sum of x
 * @param y sum of y
 * @param xx sum of squares of x
 * @param xy sum of products
 */
record Trend(double n, double x, double y, double xx, double xy) {

    static final Trend EMPTY = new Trend(0, 0, 0, 0, 0);

    private static final double OLD_WEIGHS = 0.9;

    Trend with(double newX, double newY) {
        return new Trend(
                n * OLD_WEIGHS + 1,
                x * OLD_WEIGHS + newX,
                y * OLD_WEIGHS + newY,
                xx * OLD_WEIGHS + newX * newX,
                xy * OLD_WEIGHS + newX * newY);
    }

    /** The value at a place: never negative, and never falling with x; negative when there is no point at all. */
    double at(double place) {
        if (n == 0) {
            return -1;
        }
        double mean = y / n;
        double spread = xx / n - (x / n) * (x / n);
        if (spread < 1) { // all at one place: nothing says how it goes on elsewhere
            return mean;
        }
        double slope = Math.max(0, (xy / n - (x / n) * mean) / spread);
        return Math.max(0, mean + slope * (place - x / n));
    }
}
