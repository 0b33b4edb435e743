package ai.primespark.power.ups;

import ai.primespark.spi.PowerSource;
import ai.primespark.spi.PowerSourceProvider;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.Setting;
import java.util.List;

/** Makes sources that run a program and read what it prints: type {@code exec}. */
public final class ExecSourceProvider implements PowerSourceProvider {

    static final Setting<List<String>> COMMAND = Setting.texts(
                    "command",
                    "The program and its arguments, each an entry of its own; no shell is involved. It prints lines 'name: value' as"
                            + " upsc does, or one JSON object, with NUT's names, and ends with 0.")
            .must(
                    words -> !words.isEmpty()
                            && !words.get(0).isBlank()
                            && words.stream().noneMatch(word -> word.indexOf('\0') >= 0),
                    "a program first, without NUL characters");

    /** For {@link java.util.ServiceLoader}. */
    public ExecSourceProvider() {}

    @Override
    public String name() {
        return "exec";
    }

    @Override
    public int spiLevel() {
        return SPI_LEVEL;
    }

    @Override
    public List<Setting<?>> settings() {
        return List.of(COMMAND, CommonSettings.TIMEOUT, CommonSettings.CAPACITY);
    }

    @Override
    public PowerSource create(ProviderContext context) {
        return new ExecSource(context);
    }
}
