package ai.primespark.core.system;

import ai.primespark.health.HealthResult;
import ai.primespark.health.HealthStatus;
import ai.primespark.spi.Meters;
import ai.primespark.spi.Setting;
import ai.primespark.spi.Settings;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Measures this machine and this process, one sample at a time, whenever health is checked; whoever looks in between sees the latest
 * sample. The disk is measured by itself, because asking a file system that hangs never ends. {@link #check} and {@link #disk} are
 * for one thread at a time each; everything else is thread-safe.
 */
public final class SystemMonitor {

    /** Processors must have been watched for a while before it can be said how busy they are. */
    private static final Duration FIRST_LOOK = Duration.ofMillis(200);

    private static final Duration DISK_PATIENCE = Duration.ofSeconds(1);
    private static final long NOT_ASKING = Long.MIN_VALUE;

    private final Settings settings;
    private final Path directory;
    private final Supplier<Probe> probes;
    private final LongSupplier nanoTime;
    private final Level memory;
    private final Level disk;
    private final Level files;
    private final Level heat;
    private final CountDownLatch diskSeen = new CountDownLatch(1);
    private @Nullable Probe probe; // made with the first check
    private long busySince = Long.MIN_VALUE; // while not busy
    private volatile Map<Figure, Double> latest = Map.of();
    private volatile Map<Figure, Double> latestDisk = Map.of();
    private volatile long askedDisk = NOT_ASKING; // since when

    /**
     * Makes one; measures nothing yet.
     *
     * @param settings of {@code primespark.health}
     * @param directory whose disk counts; need not be there yet
     * @param meters where the latest sample is shown
     */
    public SystemMonitor(Settings settings, Path directory, Meters meters) {
        this(settings, directory, meters, () -> Probes.here(settings.get(SystemSettings.OSHI)), System::nanoTime);
    }

    SystemMonitor(Settings settings, Path directory, Meters meters, Supplier<Probe> probes, LongSupplier nanoTime) {
        this.settings = settings;
        this.directory = directory.toAbsolutePath();
        this.probes = probes;
        this.nanoTime = nanoTime;
        this.memory = level(SystemSettings.MEMORY_WARN, SystemSettings.MEMORY_CRITICAL);
        this.disk = level(SystemSettings.DISK_WARN, SystemSettings.DISK_CRITICAL);
        this.files = level(SystemSettings.FILES_WARN, SystemSettings.FILES_CRITICAL);
        this.heat = level(SystemSettings.HOT_WARN, SystemSettings.HOT_CRITICAL);
        for (Figure figure : Figure.values()) {
            meters.gauge(figure.meter(), () -> value(figure));
        }
    }

    private Level level(Setting<Double> warn, Setting<Double> critical) {
        return new Level(settings.get(warn), settings.get(critical));
    }

    private double value(Figure figure) {
        Double known = latest.get(figure);
        return known == null ? Double.NaN : known;
    }

    // --- measuring

    /** Takes a sample and judges it. */
    public HealthResult check() throws InterruptedException {
        Probe measuring = probe;
        if (measuring == null) {
            measuring = probe = probes.get();
            Thread.sleep(FIRST_LOOK.toMillis());
            var unused = diskSeen.await(DISK_PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        }
        Map<Figure, Double> figures = new EnumMap<>(Figure.class);
        measuring.measure(figures);
        if (!isDiskSilent()) { // or what it said last is old
            figures.putAll(latestDisk);
        }
        figures.values().removeIf(value -> !Double.isFinite(value));
        latest = Map.copyOf(figures);
        return judged(figures, measuring.name());
    }

    private boolean isDiskSilent() {
        long since = askedDisk;
        return since != NOT_ASKING && nanoTime.getAsLong() - since > DISK_PATIENCE.toNanos();
    }

    /** Measures the disk of the data directory. May hang for ever. */
    public HealthResult disk() throws IOException {
        askedDisk = nanoTime.getAsLong();
        FileStore store = Files.getFileStore(existing(directory));
        double free = store.getUsableSpace();
        double used = store.getTotalSpace() - store.getUnallocatedSpace();
        Map<Figure, Double> found = new EnumMap<>(Figure.class);
        found.put(Figure.DISK_FREE, free);
        found.put(Figure.DISK, used + free > 0 ? 100 * used / (used + free) : 0);
        latestDisk = found;
        askedDisk = NOT_ASKING;
        diskSeen.countDown();
        return HealthResult.healthy(directory + " is on " + store.name() + " (" + store.type() + ")");
    }

    private static Path existing(Path path) {
        Path there = path;
        while (!Files.exists(there) && there.getParent() != null) {
            there = there.getParent();
        }
        return there;
    }

    // --- judging

    private HealthResult judged(Map<Figure, Double> figures, String by) {
        List<String> troubles = new ArrayList<>();
        HealthStatus worst = HealthStatus.HEALTHY;
        worst = judge(
                worst,
                troubles,
                memory,
                figure(figures, Figure.MEMORY),
                percent -> "memory is used to " + percent + " %, " + words(figures, Figure.MEMORY_AVAILABLE, "%.1f GB")
                        + " are left");
        worst = judge(
                worst,
                troubles,
                disk,
                figure(figures, Figure.DISK),
                percent -> "the disk of " + directory + " is " + percent + " % full, "
                        + words(figures, Figure.DISK_FREE, "%.1f GB") + " are left");
        worst = judge(
                worst,
                troubles,
                files,
                openFiles(figures),
                percent -> words(figures, Figure.PROCESS_FILES, "%.0f")
                        + " files and connections are open of " + words(figures, Figure.PROCESS_FILES_LIMIT, "%.0f")
                        + " that may be");
        worst = judge(
                worst,
                troubles,
                heat,
                figure(figures, Figure.TEMPERATURE),
                celsius -> "the processor is " + celsius + " °C hot");
        if (busyForLong(figure(figures, Figure.CPU))) {
            troubles.add("the processors have been busy for more than "
                    + settings.get(SystemSettings.CPU_AFTER).toMinutes() + " min");
            worst = worse(worst, HealthStatus.DEGRADED);
        }
        if (figure(figures, Figure.UNDER_VOLTAGE) > 0) {
            troubles.add("the supply's voltage is too low, so the processor slows down; take a stronger supply or a"
                    + " better cable");
            worst = worse(worst, HealthStatus.DEGRADED);
        }
        Map<String, Double> metrics = new TreeMap<>();
        figures.forEach((figure, value) -> metrics.put(figure.metric(), figure.inReport(value)));
        String message = troubles.isEmpty() ? summary(figures) : String.join("; ", troubles);
        return new HealthResult(worst, message + "; measured by " + by, metrics);
    }

    private static HealthStatus judge(
            HealthStatus worst, List<String> troubles, Level level, double value, LongFunction<String> words) {
        HealthStatus status = level.judge(value);
        if (status != HealthStatus.HEALTHY) {
            troubles.add(words.apply(Math.round(value)));
        }
        return worse(worst, status);
    }

    private static HealthStatus worse(HealthStatus one, HealthStatus other) {
        return one.compareTo(other) >= 0 ? one : other;
    }

    private boolean busyForLong(double percent) {
        if (!(percent >= settings.get(SystemSettings.CPU))) {
            busySince = Long.MIN_VALUE;
            return false;
        }
        long now = nanoTime.getAsLong();
        if (busySince == Long.MIN_VALUE) {
            busySince = now;
        }
        return now - busySince >= settings.get(SystemSettings.CPU_AFTER).toNanos();
    }

    private static double openFiles(Map<Figure, Double> figures) {
        return 100 * figure(figures, Figure.PROCESS_FILES) / figure(figures, Figure.PROCESS_FILES_LIMIT);
    }

    private static double figure(Map<Figure, Double> figures, Figure figure) {
        Double known = figures.get(figure);
        return known == null ? Double.NaN : known;
    }

    private static String words(Map<Figure, Double> figures, Figure figure, String format) {
        return String.format(Locale.ROOT, format, figure.inReport(figure(figures, figure)));
    }

    private static String summary(Map<Figure, Double> figures) {
        List<String> words = new ArrayList<>();
        add(words, figures, Figure.CPU, "processors %.0f %%");
        add(words, figures, Figure.MEMORY, "memory %.0f %%");
        add(words, figures, Figure.DISK, "disk %.0f %%");
        add(words, figures, Figure.TEMPERATURE, "%.0f °C");
        return String.join(", ", words);
    }

    private static void add(List<String> words, Map<Figure, Double> figures, Figure figure, String format) {
        if (figures.containsKey(figure)) {
            words.add(words(figures, figure, format));
        }
    }
}
