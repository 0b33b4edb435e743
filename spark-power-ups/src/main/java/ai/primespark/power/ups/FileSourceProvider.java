package ai.primespark.power.ups;

import ai.primespark.spi.PowerSource;
import ai.primespark.spi.PowerSourceProvider;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.Setting;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Makes sources that read a file which something else keeps up to date: type {@code file}. */
public final class FileSourceProvider implements PowerSourceProvider {

    static final Setting<Path> PATH = Setting.path(
            "path",
            "The file: lines 'name: value' as upsc prints them, or one JSON object, with NUT's names. Replace it by renaming another"
                    + " onto it, so that it is never read half.");

    static final Setting<Duration> STALE_AFTER = Setting.duration(
                    "stale-after",
                    "How old the file may be; an older one counts as stale: whatever writes it has stopped.")
            .atLeast(Duration.ofSeconds(1))
            .atMost(Duration.ofDays(1))
            .defaultsTo(Duration.ofMinutes(1));

    /** For {@link java.util.ServiceLoader}. */
    public FileSourceProvider() {}

    @Override
    public String name() {
        return "file";
    }

    @Override
    public int spiLevel() {
        return SPI_LEVEL;
    }

    @Override
    public List<Setting<?>> settings() {
        return List.of(PATH, STALE_AFTER, CommonSettings.CAPACITY);
    }

    @Override
    public PowerSource create(ProviderContext context) {
        return new FileSource(context);
    }
}
