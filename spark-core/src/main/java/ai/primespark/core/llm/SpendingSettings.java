package ai.primespark.core.llm;

import ai.primespark.Zone;
import ai.primespark.llm.Budget;
import ai.primespark.llm.Price;
import ai.primespark.spi.Setting;
import ai.primespark.spi.Settings;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** What {@code primespark.llm} understands about prices and budgets. */
final class SpendingSettings {

    private static final Setting<String> PRICED = Setting.text("backend", "The backend's id.");
    private static final Setting<String> MODEL = Setting.text(
                    "model", "The model's name there. Without it: all models that have no price of their own.")
            .optional();
    private static final Setting<Double> PROMPT =
            Setting.decimal("prompt", "A million tokens of prompts.").atLeast(0.0);
    private static final Setting<Double> ANSWER =
            Setting.decimal("answer", "A million tokens of answers.").atLeast(0.0);

    static final Setting<List<Settings>> PRICES = Setting.objects(
                    "prices",
                    "What backends cost, apart for prompts and answers, and for single models where they differ; in the same"
                            + " currency as cost, and before it.",
                    List.of(PRICED, MODEL, PROMPT, ANSWER))
            .must(SpendingSettings::arePricesDistinct, "a list that prices no backend or model twice")
            .defaultsTo(List.of());

    private static final Setting<String> NAME = Setting.text("name", "What it is called in traces and statistics.")
            .must(name -> name.matches("[a-z][a-z0-9-]*"), "[a-z][a-z0-9-]*");
    private static final Setting<Long> TOKENS = Setting.number("tokens", "So many tokens of prompts and answers,")
            .atLeast(1L)
            .optional();
    private static final Setting<Double> MONEY = Setting.decimal("money", "or so much by cost and prices,")
            .must(limit -> limit > 0, "more than 0")
            .optional();
    private static final Setting<Double> JOULES = Setting.decimal(
                    "joules", "or so much energy measured on this machine; a watt-hour has 3600.")
            .must(limit -> limit > 0, "more than 0")
            .optional();
    private static final Setting<Budget.Period> PER = Setting.choice(
                    "per", Budget.Period.class, "In each calendar hour, day or month.")
            .defaultsTo(Budget.Period.DAY);
    private static final Setting<String> BACKEND = Setting.text(
                    "backend", "The backend that it holds for. Without it and without zone: all.")
            .optional();
    private static final Setting<Zone> ZONE = Setting.choice(
                    "zone", Zone.class, "The zone whose backends it holds for.")
            .optional();

    static final Setting<List<Settings>> BUDGETS = Setting.objects(
                    "budgets",
                    "How much may be used up in a time. A backend whose budget is used up is left out until the next period.",
                    List.of(NAME, TOKENS, MONEY, JOULES, PER, BACKEND, ZONE))
            .must(SpendingSettings::areNamesDistinct, "a list that uses no name twice")
            .must(
                    budgets -> budgets.stream().allMatch(SpendingSettings::hasOneLimit),
                    "a list of budgets with exactly one of tokens, money and joules each")
            .must(
                    budgets -> budgets.stream()
                            .noneMatch(b ->
                                    b.find(BACKEND).isPresent() && b.find(ZONE).isPresent()),
                    "a list of budgets that hold for a backend or for a zone, not for both")
            .defaultsTo(List.of());

    static final Setting<String> BUDGET_TIME_ZONE = Setting.text(
                    "budget-time-zone", "Where the days and months of budgets begin, such as Europe/Berlin.")
            .must(SpendingSettings::isTimeZone, "the name of a time zone, such as UTC or Europe/Berlin")
            .defaultsTo("UTC");

    private SpendingSettings() {}

    static List<Price> prices(Settings settings) {
        return settings.get(PRICES).stream()
                .map(p -> new Price(p.get(PRICED), p.find(MODEL).orElse(null), p.get(PROMPT), p.get(ANSWER)))
                .toList();
    }

    static List<Budget> budgets(Settings settings) {
        return settings.get(BUDGETS).stream().map(SpendingSettings::budget).toList();
    }

    static ZoneId timeZone(Settings settings) {
        return ZoneId.of(settings.get(BUDGET_TIME_ZONE));
    }

    private static Budget budget(Settings entry) {
        String name = entry.get(NAME);
        Budget.Period per = entry.get(PER);
        Optional<Long> tokens = entry.find(TOKENS);
        Optional<Double> money = entry.find(MONEY);
        Budget budget;
        if (tokens.isPresent()) {
            budget = Budget.tokens(name, tokens.get(), per);
        } else if (money.isPresent()) {
            budget = Budget.money(name, money.get(), per);
        } else {
            budget = Budget.joules(name, entry.find(JOULES).orElseThrow(), per);
        }
        Budget everywhere = budget;
        return entry.find(BACKEND)
                .map(everywhere::on)
                .orElseGet(() -> entry.find(ZONE).map(everywhere::in).orElse(everywhere));
    }

    private static boolean hasOneLimit(Settings budget) {
        return Stream.of(TOKENS, MONEY, JOULES)
                        .filter(limit -> budget.find(limit).isPresent())
                        .count()
                == 1;
    }

    private static boolean areNamesDistinct(List<Settings> budgets) {
        Set<String> seen = new HashSet<>();
        return budgets.stream().allMatch(b -> seen.add(b.get(NAME)));
    }

    private static boolean arePricesDistinct(List<Settings> prices) {
        Set<List<String>> seen = new HashSet<>();
        return prices.stream()
                .allMatch(p -> seen.add(
                        List.of(p.get(PRICED), p.find(MODEL).map(RateBook::key).orElse(""))));
    }

    private static boolean isTimeZone(String name) {
        try {
            return !ZoneId.of(name).getId().isEmpty();
        } catch (DateTimeException e) {
            return false;
        }
    }
}
