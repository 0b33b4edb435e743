package ai.primespark.core.llm;

import ai.primespark.llm.Price;
import ai.primespark.spi.Settings;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the models of one backend cost. Immutable. */
final class Prices {

    /** Nothing is known. */
    static final Prices NONE = new Prices(null, Map.of());

    private final @Nullable Price usual;
    private final Map<String, Price> byModel;

    private Prices(@Nullable Price usual, Map<String, Price> byModel) {
        this.usual = usual;
        this.byModel = byModel;
    }

    /**
     * Finds a backend's prices.
     *
     * @throws IllegalArgumentException when a price is no number
     */
    static Prices of(String backend, Settings settings) {
        Price usual = null;
        if (settings.get(LlmSettings.COST).containsKey(backend)) {
            double both = BackendHandle.number(settings, LlmSettings.COST, backend, 0, 0, Double.MAX_VALUE);
            usual = Price.of(backend, both, both);
        }
        Map<String, Price> byModel = new HashMap<>();
        for (Price price : SpendingSettings.prices(settings)) {
            if (!price.backend().equals(backend)) {
                continue;
            }
            if (price.model() == null) {
                usual = price;
            } else {
                byModel.put(RateBook.key(price.model()), price);
            }
        }
        return usual == null && byModel.isEmpty() ? NONE : new Prices(usual, Map.copyOf(byModel));
    }

    /** The price of a model; null when it has none. */
    @Nullable
    Price of(String model) {
        Price own = byModel.isEmpty() ? null : byModel.get(RateBook.key(model));
        return own == null ? usual : own;
    }

    /** Whether every model has a price. */
    boolean isComplete() {
        return usual != null;
    }

    /** One figure for comparing backends: what a million tokens cost, half of them of prompts; 0 when not known. */
    double comparable() {
        return usual == null ? 0 : (usual.prompt() + usual.answer()) / 2;
    }

    /** The ids of backends that have prices, for finding those that do not exist. */
    static List<String> named(Settings settings) {
        return SpendingSettings.prices(settings).stream().map(Price::backend).toList();
    }
}
