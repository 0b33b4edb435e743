package ai.primespark.testkit;

import ai.primespark.power.PowerException;
import ai.primespark.power.PowerFlag;
import ai.primespark.power.PowerReading;
import ai.primespark.power.PowerSupply;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.PowerSource;
import ai.primespark.spi.ProviderContext;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A power source that keeps the rules, in the simplest way: it reads a {@link WordRig} in the same process. */
class WordSource implements PowerSource {

    final WordRig rig;
    final ProviderContext context;
    private volatile boolean closed;

    WordSource(WordRig rig, ProviderContext context) {
        this.rig = rig;
        this.context = context;
    }

    @Override
    public PowerReading read(Deadline deadline) {
        if (isClosed()) {
            throw new PowerException("closed", false, null);
        }
        WordRig.Answer answer = rig.ask("STATUS", deadline);
        List<String> words = answer.words();
        PowerReading.Builder reading = PowerReading.builder(
                context.id(), supply(words), context.clock().instant());
        for (String word : words) {
            if (PowerFlag.ofNutToken(word).isPresent()) {
                reading.flags(Set.of(PowerFlag.ofNutToken(word).orElseThrow()));
            } else if (!Set.of("OL", "OB").contains(word)) {
                other(reading, word);
            }
        }
        charge(reading, answer.charge());
        return reading.build();
    }

    boolean isClosed() {
        return closed;
    }

    void other(PowerReading.Builder reading, String word) {
        reading.otherToken(word);
    }

    void charge(PowerReading.Builder reading, @Nullable String text) {
        if (text != null && text.matches("\\d+")) {
            reading.charge(Double.parseDouble(text));
        }
    }

    PowerSupply supply(List<String> words) {
        boolean mains = words.contains("OL");
        boolean battery = words.contains("OB");
        return mains == battery ? PowerSupply.UNKNOWN : mains ? PowerSupply.MAINS : PowerSupply.BATTERY;
    }

    @Override
    public void drained(Deadline deadline) {
        rig.ask("LOGOUT", deadline);
    }

    @Override
    public void close() {
        closed = true;
    }
}
