package ai.primespark.core.llm;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/** What was learned about the models of one host; the longest unused is forgotten when there are too many. Thread-safe. */
final class RateBook {

    static final int MOST = 64;

    private static final String LATEST = ":latest";

    private final ConcurrentMap<String, LearnedModel> models = new ConcurrentHashMap<>();
    private volatile String usual = "";

    /** One text for the spellings of a model's name that servers take for the same. */
    static String key(String model) {
        String text = model.toLowerCase(Locale.ROOT);
        return text.endsWith(LATEST) ? text.substring(0, text.length() - LATEST.length()) : text;
    }

    /** The name to look a model up by: for the host's own default, the model that answered last in its place. */
    String resolve(String model) {
        return model.isEmpty() ? usual : key(model);
    }

    /** What is known about a model; null when that is nothing. */
    @Nullable
    LearnedModel find(String resolved) {
        return models.get(resolved);
    }

    /** The place for what is learned about a model. */
    LearnedModel of(String resolved, long now) {
        LearnedModel known = models.get(resolved);
        if (known != null) {
            return known;
        }
        if (models.size() >= MOST) {
            models.values().stream()
                    .min(Comparator.comparingLong(m -> m.usedAt() - now))
                    .ifPresent(oldest -> models.remove(oldest.name(), oldest));
        }
        return models.computeIfAbsent(resolved, name -> new LearnedModel(name, now));
    }

    /** Notes which model answered when none was named. */
    void usual(String model) {
        usual = key(model);
        models.remove(""); // what was learned before the name was known
    }

    /** All of them, by name. */
    List<LearnedModel> all() {
        return models.values().stream()
                .sorted(Comparator.comparing(LearnedModel::name))
                .toList();
    }
}
