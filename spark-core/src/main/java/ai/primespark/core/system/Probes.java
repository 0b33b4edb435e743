package ai.primespark.core.system;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides who measures: the JVM, then the kernel where it is Linux, then OSHI where it is on the run-time path. Whoever comes later
 * knows better. For one thread at a time.
 */
final class Probes implements Probe {

    private static final Logger LOG = LoggerFactory.getLogger(Probes.class);

    private final List<Probe> all;

    Probes(List<Probe> all) {
        this.all = List.copyOf(all);
    }

    /**
     * Those that there are here. May take a moment.
     *
     * @param oshi whether OSHI is wanted if it is there
     */
    static Probes here(boolean oshi) {
        List<Probe> found = new ArrayList<>();
        JvmProbe jvm = new JvmProbe();
        found.add(jvm);
        Path root = Path.of("/");
        if (Files.isReadable(root.resolve("proc/meminfo"))) {
            found.add(new LinuxProbe(root, jvm::memory));
        }
        if (oshi) {
            try {
                found.add(new OshiProbe(jvm::memory));
            } catch (NoClassDefFoundError e) {
                LOG.debug("OSHI is not on the run-time path: {}", e.getMessage());
            } catch (RuntimeException | LinkageError e) { // its native library cannot be loaded on this machine
                LOG.info("OSHI is there, but does not work on this machine: {}", e.toString());
            }
        }
        return new Probes(found);
    }

    @Override
    public String name() {
        return all.stream().map(Probe::name).collect(Collectors.joining(", "));
    }

    @Override
    public void measure(Map<Figure, Double> figures) {
        for (Probe probe : all) {
            Map<Figure, Double> said = new EnumMap<>(Figure.class);
            try {
                probe.measure(said);
            } catch (RuntimeException | LinkageError e) { // the others have still something to say
                LOG.debug("{} cannot measure this machine", probe.name(), e);
                continue;
            }
            figures.putAll(said);
        }
    }
}
