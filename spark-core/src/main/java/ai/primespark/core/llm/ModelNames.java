package ai.primespark.core.llm;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Knows what a model is called where. Immutable. */
final class ModelNames {

    private final String usual;
    private final Map<String, String> everywhere;
    private final Map<String, Map<String, String>> byBackend = new HashMap<>();

    ModelNames(@Nullable String defaultModel, Map<String, String> aliases, Iterable<String> backends) {
        this.usual = defaultModel == null ? "" : defaultModel;
        this.everywhere = Map.copyOf(aliases);
        for (String backend : backends) {
            Map<String, String> own = new HashMap<>();
            String prefix = backend + "/";
            aliases.forEach((key, name) -> {
                if (key.startsWith(prefix)) {
                    own.put(key.substring(prefix.length()), name);
                }
            });
            byBackend.put(backend, own);
        }
    }

    /** The logical name; empty for every backend's own default. */
    String logical(@Nullable String asked) {
        return asked == null ? usual : asked;
    }

    /** The name on a backend; empty for its default. */
    String on(String backend, String logical) {
        String own = byBackend.getOrDefault(backend, Map.of()).get(logical);
        return own != null ? own : everywhere.getOrDefault(logical, logical);
    }
}
