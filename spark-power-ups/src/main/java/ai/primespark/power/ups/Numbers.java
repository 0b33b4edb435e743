package ai.primespark.power.ups;

import java.math.BigDecimal;
import java.util.OptionalDouble;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads numbers as UPS software writes them: leading zeros, and here and there a comma for the point. */
final class Numbers {

    private static final Pattern NUMBER = Pattern.compile("[+-]?\\d{1,18}(?:[.,]\\d{0,18})?");

    private Numbers() {}

    /** The number that the text consists of; empty when it is anything else, so that nothing unreadable ever counts as 0. */
    static OptionalDouble of(@Nullable String text) {
        if (text == null) {
            return OptionalDouble.empty();
        }
        String trimmed = text.strip();
        if (!NUMBER.matcher(trimmed).matches()) {
            return OptionalDouble.empty();
        }
        return OptionalDouble.of(new BigDecimal(trimmed.replace(',', '.')).doubleValue());
    }

    /** The number before a unit, as in {@code 12.5 Minutes}; empty when the unit is another one. */
    static OptionalDouble withUnit(@Nullable String text, String unit) {
        if (text == null) {
            return OptionalDouble.empty();
        }
        String trimmed = text.strip();
        int blank = trimmed.indexOf(' ');
        return blank > 0 && trimmed.substring(blank + 1).strip().equals(unit)
                ? of(trimmed.substring(0, blank))
                : OptionalDouble.empty();
    }

    /** The product; empty unless both are there. */
    static OptionalDouble product(OptionalDouble a, OptionalDouble b) {
        return a.isPresent() && b.isPresent()
                ? OptionalDouble.of(a.getAsDouble() * b.getAsDouble())
                : OptionalDouble.empty();
    }
}
