package ai.primespark.power.ups;

import ai.primespark.power.PowerFlag;
import ai.primespark.power.PowerReading;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the fields of apcupsd's status say, in NUT's words. The bits of {@code STATFLAG} are those of apcupsd's {@code defines.h};
 * {@code STATUS} is looked at when they are missing, and for words that have no bit.
 */
final class ApcupsdStatus {

    private static final long COMMLOST = 0x100;

    /** A bit, its word in {@code STATUS}, and NUT's word for it; empty when NUT has none. */
    private record Word(long bit, String apc, String nut) {}

    private static final List<Word> WORDS = List.of(
            new Word(0x001, "CAL", "CAL"),
            new Word(0x002, "TRIM", "TRIM"),
            new Word(0x004, "BOOST", "BOOST"),
            new Word(0x008, "ONLINE", "OL"),
            new Word(0x010, "ONBATT", "OB"),
            new Word(0x020, "OVERLOAD", "OVER"),
            new Word(0x040, "LOWBATT", "LB"),
            new Word(0x080, "REPLACEBATT", "RB"),
            new Word(COMMLOST, "COMMLOST", ""),
            new Word(0x200, "SHUTTING-DOWN", "FSD"),
            new Word(0x400, "SLAVE", ""),
            new Word(0x800, "SLAVEDOWN", ""));

    private final Map<String, String> fields;
    private final Set<String> said = new HashSet<>();
    private final @Nullable Long bits;

    ApcupsdStatus(Map<String, String> fields) {
        this.fields = fields;
        // the only state of two words
        String status = fields.getOrDefault("STATUS", "").replace("SHUTTING DOWN", "SHUTTING-DOWN");
        said.addAll(StatusWords.split(status));
        this.bits = hexadecimal(fields.get("STATFLAG"));
    }

    private static @Nullable Long hexadecimal(@Nullable String text) {
        if (text == null || !text.strip().matches("0[xX][0-9a-fA-F]{1,15}")) {
            return null;
        }
        return Long.parseLong(text.strip().substring(2), 16);
    }

    /** Whether apcupsd has lost its UPS: what else it says then is old. */
    boolean isOutOfTouch() {
        return bits != null ? (bits & COMMLOST) != 0 : said.contains("COMMLOST");
    }

    PowerReading reading(String source, Instant at, OptionalDouble capacity) {
        PowerReading.Builder reading = StatusWords.reading(source, at, words());
        Numbers.withUnit(fields.get("BCHARGE"), "Percent").ifPresent(reading::charge);
        UpsVariables.runtime(Numbers.withUnit(fields.get("TIMELEFT"), "Minutes"), 60, reading);
        Numbers.product(
                        Numbers.withUnit(fields.get("LOADPCT"), "Percent"),
                        Numbers.withUnit(fields.get("NOMPOWER"), "Watts"))
                .ifPresent(percentTimesWatts -> reading.watts(percentTimesWatts / 100, true));
        capacity.ifPresent(reading::capacity);
        PowerReading said = reading.build();
        // what it says of the UPS is old then, but an order to shut down is its own
        boolean ordered = said.flags().contains(PowerFlag.FORCED_SHUTDOWN);
        return isOutOfTouch() && !ordered ? said.withQuality(PowerReading.Quality.STALE) : said;
    }

    private List<String> words() {
        List<String> words = new ArrayList<>();
        Set<String> unknown = new HashSet<>(said);
        for (Word word : WORDS) {
            unknown.remove(word.apc());
            if (bits != null ? (bits & word.bit()) != 0 : said.contains(word.apc())) {
                words.add(word.nut().isEmpty() ? word.apc() : word.nut());
            }
        }
        // NUT's words mean nothing here: a status "OL" of apcupsd would be another word of that spelling
        unknown.forEach(word -> words.add(isNutWord(word) ? "apcupsd:" + word : word));
        return words;
    }

    private static boolean isNutWord(String word) {
        return PowerFlag.ofNutToken(word).isPresent()
                || Set.of("OL", "OB", "OFF", "BYPASS").contains(word);
    }
}
