package ai.primespark.core.llm.semantic;

import ai.primespark.llm.LlmResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Answers by what was asked, bounded in number and in characters; those that were not asked for longest go first. Thread-safe:
 * one lock, held for a few microseconds and never while anything is asked or compared.
 *
 * @param <P> what must be equal besides the question: everything else in the request
 */
public final class SemanticCache<P> {

    /** Wordings of one question that are kept, so that one lookup never compares more. */
    static final int MAX_WORDINGS = 4;

    private static final int ENTRY_CHARS = 400; // what an entry takes besides its texts

    private final InstantSource clock;
    private final Duration fresh;
    private final Duration longest;
    private final int maxEntries;
    private final long maxChars;

    private final Object lock = new Object();
    private final Map<Place<P>, Deque<Stored>> answers = new LinkedHashMap<>(64, 0.75f, true); // guarded by lock
    private final Map<Place<P>, Integer> gists = new HashMap<>(); // guarded by lock; how many questions have each
    private int entries; // guarded by lock
    private long chars; // guarded by lock

    /**
     * Makes an empty one.
     *
     * @param clock the wall clock
     * @param fresh how long an answer is good
     * @param longest how long it is kept
     * @param maxEntries answers that are kept at most
     * @param maxChars what they may take together, in characters
     */
    public SemanticCache(InstantSource clock, Duration fresh, Duration longest, int maxEntries, long maxChars) {
        this.clock = clock;
        this.fresh = fresh;
        this.longest = longest.compareTo(fresh) < 0 ? fresh : longest;
        this.maxEntries = maxEntries;
        this.maxChars = maxChars;
    }

    /**
     * An answer, and to what.
     *
     * @param question as it was asked
     * @param answer without a trace
     * @param digest of the model that gave it; empty when that was not known
     * @param stale whether it is over its time
     */
    public record Known(String question, LlmResponse answer, String digest, boolean stale) {

        /** The same, over its time. */
        public Known outdated() {
            return new Known(question, answer, digest, true);
        }

        @Override
        public String toString() { // private data
            return "Known[" + answer + (stale ? ", stale]" : "]");
        }
    }

    /**
     * Answers to questions of the same facts.
     *
     * @param partition what must be equal besides
     * @param question what is asked
     * @return newest first, a few at most; empty when there are none
     */
    public List<Known> find(P partition, Question question) {
        Instant now = clock.instant();
        synchronized (lock) {
            Deque<Stored> known = answers.get(new Place<>(partition, question.facts()));
            if (known == null) {
                return List.of();
            }
            List<Known> found = new ArrayList<>(known.size());
            for (Stored stored : known) {
                // a clock that was wrong and was set back must not keep an answer for years
                Duration age = Duration.between(stored.at(), now).abs();
                if (age.compareTo(longest) < 0) {
                    found.add(
                            new Known(stored.question(), stored.answer(), stored.digest(), age.compareTo(fresh) >= 0));
                }
            }
            return found;
        }
    }

    /**
     * Whether there is an answer to a question that has the same ordinary words, whatever its numbers, names and negations.
     *
     * @param partition what must be equal besides
     * @param question what is asked
     * @return true when there is one
     */
    public boolean hasLookalike(P partition, Question question) {
        synchronized (lock) {
            return !question.gist().isEmpty() && gists.containsKey(new Place<>(partition, question.gist()));
        }
    }

    /**
     * Keeps an answer, in the place of an earlier one to the question in the same wording.
     *
     * @param partition what must be equal besides
     * @param question what was asked
     * @param wording how it was asked
     * @param answer without a trace
     * @param digest of the model that gave it; empty when that is not known
     */
    public void store(P partition, Question question, String wording, LlmResponse answer, String digest) {
        Stored stored = new Stored(question.gist(), wording, answer, digest, clock.instant());
        if (stored.chars() > maxChars / 8) {
            return; // it would drive out too many others
        }
        synchronized (lock) {
            Place<P> place = new Place<>(partition, question.facts());
            Deque<Stored> wordings = answers.computeIfAbsent(place, p -> new ArrayDeque<>(1));
            for (Iterator<Stored> each = wordings.iterator(); each.hasNext(); ) {
                Stored before = each.next();
                if (before.question().equals(wording)) {
                    each.remove();
                    forget(partition, before);
                }
            }
            wordings.addFirst(stored);
            remember(partition, stored);
            if (wordings.size() > MAX_WORDINGS) {
                forget(partition, wordings.removeLast());
            }
            shrink();
        }
    }

    /**
     * How many answers there are.
     *
     * @return never more than may be
     */
    public int size() {
        synchronized (lock) {
            return entries;
        }
    }

    private void shrink() {
        while (entries > maxEntries || chars > maxChars) {
            Iterator<Map.Entry<Place<P>, Deque<Stored>>> each =
                    answers.entrySet().iterator();
            Map.Entry<Place<P>, Deque<Stored>> eldest = each.next();
            forget(eldest.getKey().partition(), eldest.getValue().removeLast());
            if (eldest.getValue().isEmpty()) {
                each.remove();
            }
        }
    }

    private void remember(P partition, Stored stored) {
        entries++;
        chars += stored.chars();
        gists.merge(new Place<>(partition, stored.gist()), 1, Integer::sum);
    }

    private void forget(P partition, Stored stored) {
        entries--;
        chars -= stored.chars();
        gists.computeIfPresent(new Place<>(partition, stored.gist()), (place, count) -> count == 1 ? null : count - 1);
    }

    private record Place<P>(P partition, String words) {}

    private record Stored(String gist, String question, LlmResponse answer, String digest, Instant at) {

        private long chars() { // the question counts for its facts and its gist as well
            return ENTRY_CHARS
                    + 3L * question.length()
                    + answer.text().length()
                    + answer.thinking().length();
        }
    }
}
