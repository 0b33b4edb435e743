package ai.primespark.power.ups;

import ai.primespark.power.PowerFlag;
import ai.primespark.power.PowerReading;
import ai.primespark.power.PowerSupply;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What the words of NUT's {@code ups.status} say (RFC 9271, section 5.1, and NUT's new-drivers.txt). Their order means nothing, and
 * words are compared whole: {@code OVER} is not {@code OFF}, and {@code OLD} would not be {@code OL}.
 */
final class StatusWords {

    private static final Set<String> SUPPLY = Set.of("OL", "OB", "BYPASS", "OFF");
    private static final int MAX_WORDS = 32;
    private static final int MAX_LENGTH = 64;

    private StatusWords() {}

    /** Splits at blanks. */
    static List<String> split(String status) {
        String stripped = status.strip();
        return stripped.isEmpty() ? List.of() : List.of(stripped.split("\\s+"));
    }

    /** Starts a reading with supply, flags and the words that are neither; at most 32 of those are kept, cut to 64 characters. */
    static PowerReading.Builder reading(String source, Instant at, Collection<String> words) {
        Set<String> distinct = new LinkedHashSet<>(words);
        PowerReading.Builder reading = PowerReading.builder(source, supply(distinct), at);
        int others = 0;
        for (String word : distinct) {
            Optional<PowerFlag> flag = PowerFlag.ofNutToken(word);
            if (flag.isPresent()) {
                reading.flags(Set.of(flag.get()));
            } else if (!SUPPLY.contains(word) && others++ < MAX_WORDS) {
                reading.otherToken(word.length() > MAX_LENGTH ? word.substring(0, MAX_LENGTH) : word);
            }
        }
        return reading;
    }

    /**
     * OL and OB speak of the input line. Both or neither of them is no statement. An output that is off feeds nobody, whatever the
     * input is; a bypass is only worth its name while the input is there.
     */
    static PowerSupply supply(Set<String> words) {
        boolean line = words.contains("OL");
        boolean battery = words.contains("OB");
        if (line && battery) {
            return PowerSupply.UNKNOWN;
        }
        if (words.contains("OFF")) {
            return PowerSupply.OFF;
        }
        if (battery) {
            return PowerSupply.BATTERY;
        }
        if (words.contains("BYPASS")) {
            return PowerSupply.BYPASS;
        }
        return line ? PowerSupply.MAINS : PowerSupply.UNKNOWN;
    }
}
