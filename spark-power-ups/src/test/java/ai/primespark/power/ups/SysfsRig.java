package ai.primespark.power.ups;

import ai.primespark.testkit.PowerRig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.stream.Stream;

/** A tree like /sys/class/power_supply. */
final class SysfsRig implements PowerRig {

    private final Path root;

    SysfsRig(Path root) throws IOException {
        this.root = root;
        Files.createDirectories(root);
    }

    /** Writes attributes of one supply: name, value, name, value, and so on. */
    SysfsRig supply(String name, String... attributes) throws IOException {
        Path folder = Files.createDirectories(root.resolve(name));
        for (int i = 0; i < attributes.length; i += 2) {
            Files.writeString(folder.resolve(attributes[i]), attributes[i + 1] + "\n");
        }
        return this;
    }

    void clear() throws IOException {
        if (!Files.exists(root)) {
            return;
        }
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Fifo.release(file.getFileName().toString().equals("status") ? file : root.resolve("none"));
                Files.deleteIfExists(file);
            }
        }
    }

    @Override
    public Map<String, Object> settings() {
        return Map.of("root", root);
    }

    @Override
    public boolean say(Scene scene) throws IOException {
        clear();
        Files.createDirectories(root);
        supply("hidpp", "type", "Battery", "scope", "Device", "status", "Discharging", "capacity", "5");
        switch (scene) {
            case MAINS -> mains("1").battery("Charging", "87");
            case BATTERY -> mains("0").battery("Discharging", "64");
            case NO_NUMBERS -> mains("1").supply("BAT0", "type", "Battery", "status", "Full");
            case UNREADABLE_NUMBERS ->
                mains("1").battery("Full", "n/a").supply("BAT0", "energy_full", "many", "power_now", "-");
            case UNKNOWN_WORD -> mains("1").battery("SPARKLING", "87");
            case LOOKALIKES -> battery("Dischargingly", "87");
            case CONTRADICTION -> mains("0").battery("Charging", "87");
            case NO_STATUS -> supply("BAT0", "type", "Battery", "capacity", "87");
        }
        return true;
    }

    SysfsRig mains(String online) throws IOException {
        return supply("AC", "type", "Mains", "online", online);
    }

    SysfsRig battery(String status, String capacity) throws IOException {
        return supply("BAT0", "type", "Battery", "status", status, "capacity", capacity);
    }

    @Override
    public boolean fail(Fault fault) throws IOException {
        switch (fault) {
            case SILENT -> Fifo.make(root.resolve("BAT0").resolve("status"));
            case GARBAGE -> {
                clear();
                supply("BAT0", "type", "\u0001\u0002", "status", "\u0003", "online", "\u0004");
            }
            case ENDLESS -> {
                clear();
                Path folder = Files.createDirectories(root.resolve("BAT0"));
                for (String name : new String[] {"type", "status", "capacity", "online"}) {
                    Files.createSymbolicLink(folder.resolve(name), Path.of("/dev/zero"));
                }
            }
            case GONE -> clear();
            case HALF -> {
                return false; // the kernel hands out an attribute whole, or not at all
            }
        }
        return true;
    }

    @Override
    public void close() throws IOException {
        clear();
    }
}
