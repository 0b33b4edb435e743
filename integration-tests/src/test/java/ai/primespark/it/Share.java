package ai.primespark.it;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Two runs of all tests, as {@code .ci/run} makes them, share long lists of faults: each has every other one, and together they have
 * all. The property {@code spark.share} is {@code first} or {@code second} then; a run by itself, and an exhaustive one, has all.
 */
public final class Share {

    private Share() {}

    /** What of a list this run has. */
    public static <T> Stream<T> of(List<T> all) {
        String share = Boolean.getBoolean("spark.exhaustive") ? "all" : System.getProperty("spark.share", "all");
        return switch (share) {
            case "all" -> all.stream();
            case "first" -> everyOther(all, 0);
            case "second" -> everyOther(all, 1);
            default ->
                throw new IllegalArgumentException("spark.share is '" + share + "'; it may be all, first or second");
        };
    }

    private static <T> Stream<T> everyOther(List<T> all, int from) {
        return IntStream.range(0, all.size()).filter(i -> i % 2 == from).mapToObj(all::get);
    }
}
