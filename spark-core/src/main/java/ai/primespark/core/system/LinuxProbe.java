package ai.primespark.core.system;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads what the kernel says in {@code /proc} and {@code /sys}: proc(5) for {@code meminfo}, {@code uptime} and
 * {@code self/status}, Documentation/driver-api/thermal/sysfs-api.rst for {@code thermal_zone*} (thousandths of a degree) and
 * drivers/hwmon/raspberrypi-hwmon.c for {@code rpi_volt}. A file that is not there or cannot be understood tells nothing.
 */
final class LinuxProbe implements Probe {

    private static final int MAX_SENSORS = 64;
    private static final Pattern OWN_GROUP = Pattern.compile("^0::/([^\\x00\\n]*)$", Pattern.MULTILINE);

    private final Path root;
    private final LongSupplier memory;

    /**
     * Makes one.
     *
     * @param root where proc and sys are, {@code /} but in tests
     * @param memory how many bytes there are for this process; less than the machine has when a container is limited
     */
    LinuxProbe(Path root, LongSupplier memory) {
        this.root = root;
        this.memory = memory;
    }

    @Override
    public String name() {
        return "Linux";
    }

    @Override
    public void measure(Map<Figure, Double> figures) {
        String meminfo = read(root.resolve("proc/meminfo"));
        double total = number(meminfo, "MemTotal:\\s+(\\d+) kB").orElse(0) * 1024;
        boolean ofContainer = total > memory.getAsLong() && container(figures);
        if (total > 0 && !ofContainer) {
            number(meminfo, "MemAvailable:\\s+(\\d+) kB").ifPresent(kib -> memory(figures, total, kib * 1024));
        }
        number(read(root.resolve("proc/self/status")), "VmRSS:\\s+(\\d+) kB")
                .ifPresent(kib -> figures.put(Figure.PROCESS_MEMORY, kib * 1024));
        number(read(root.resolve("proc/uptime")), "^([0-9.]+) ").ifPresent(s -> figures.put(Figure.UPTIME, s));
        hottest().ifPresent(celsius -> figures.put(Figure.TEMPERATURE, celsius));
        supply().ifPresent(low -> figures.put(Figure.UNDER_VOLTAGE, low));
    }

    /**
     * Of a container, or a unit of systemd with a limit, only its own memory counts: that of the nearest control group around this
     * process that has a limit (Documentation/admin-guide/cgroup-v2.rst; cgroups(7) for {@code self/cgroup}). Cached files can be
     * dropped. False when there is none, or it is one of version 1: then the machine's memory has to do.
     */
    private boolean container(Map<Figure, Double> figures) {
        Path top = root.resolve("sys/fs/cgroup");
        Path own = ownGroup(top);
        for (Path group = own; group != null && group.startsWith(top); group = group.getParent()) {
            OptionalDouble most = number(read(group.resolve("memory.max")), "^(\\d+)");
            OptionalDouble current = number(read(group.resolve("memory.current")), "^(\\d+)");
            if (most.isPresent() && current.isPresent() && most.getAsDouble() > 0) {
                double cached = number(read(group.resolve("memory.stat")), "^inactive_file (\\d+)")
                        .orElse(0);
                double used = Math.max(0, current.getAsDouble() - cached);
                memory(figures, most.getAsDouble(), Math.max(0, most.getAsDouble() - used));
                return true;
            }
        }
        return false;
    }

    private Path ownGroup(Path top) {
        Matcher line = OWN_GROUP.matcher(read(root.resolve("proc/self/cgroup")));
        Path own = line.find() ? top.resolve(line.group(1)).normalize() : top;
        return own.startsWith(top) ? own : top; // it is outside of what can be seen here
    }

    private static void memory(Map<Figure, Double> figures, double total, double available) {
        figures.put(Figure.MEMORY, 100 * (total - available) / total);
        figures.put(Figure.MEMORY_AVAILABLE, available);
    }

    private OptionalDouble hottest() {
        OptionalDouble hottest = OptionalDouble.empty();
        int seen = 0;
        try (DirectoryStream<Path> zones =
                Files.newDirectoryStream(root.resolve("sys/class/thermal"), "thermal_zone*")) {
            for (Path zone : zones) {
                if (++seen > MAX_SENSORS) {
                    break;
                }
                OptionalDouble said = number(read(zone.resolve("temp")), "^(-?\\d+)");
                if (said.isPresent() && said.getAsDouble() != 0) { // 0: no sensor behind it
                    hottest = OptionalDouble.of(
                            Math.max(hottest.orElse(Double.NEGATIVE_INFINITY), said.getAsDouble() / 1_000));
                }
            }
        } catch (IOException e) {
            return OptionalDouble.empty();
        }
        return hottest;
    }

    private OptionalDouble supply() {
        int seen = 0;
        try (DirectoryStream<Path> chips = Files.newDirectoryStream(root.resolve("sys/class/hwmon"), "hwmon*")) {
            for (Path chip : chips) {
                if (++seen <= MAX_SENSORS && read(chip.resolve("name")).strip().equals("rpi_volt")) {
                    return number(read(chip.resolve("in0_lcrit_alarm")), "^([01])");
                }
            }
        } catch (IOException e) {
            return OptionalDouble.empty();
        }
        return OptionalDouble.empty();
    }

    private static OptionalDouble number(String text, String pattern) {
        Matcher found = Pattern.compile(pattern, Pattern.MULTILINE).matcher(text);
        return found.find() ? OptionalDouble.of(Double.parseDouble(found.group(1))) : OptionalDouble.empty();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return "";
        }
    }
}
