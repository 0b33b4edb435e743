package ai.primespark.core.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Finds what somebody probably meant. */
final class Suggestions {

    private Suggestions() {}

    /** "did you mean 'x'?", or what there is. */
    static String remedy(String wrong, Collection<String> known) {
        return nearest(wrong, known)
                .map(name -> "did you mean '" + name + "'?")
                .orElseGet(() -> "known are " + known.stream().sorted().toList());
    }

    private static Optional<String> nearest(String wrong, Collection<String> known) {
        return known.stream()
                .filter(name -> distance(wrong, name) <= Math.max(2, wrong.length() / 3))
                .min(Comparator.comparingInt((String name) -> distance(wrong, name))
                        .thenComparing(name -> name));
    }

    /** Levenshtein's distance. */
    private static int distance(String a, String b) {
        int[] previous = new int[b.length() + 1];
        for (int j = 0; j < previous.length; j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int[] current = new int[b.length() + 1];
            current[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int swap = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                current[j] = Math.min(swap, Math.min(previous[j], current[j - 1]) + 1);
            }
            previous = current;
        }
        return previous[b.length()];
    }
}
