package ai.primespark.power.ups;

import ai.primespark.testkit.PowerRig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import oshi.util.GlobalConfig;

/** Shows OSHI a battery in a directory. OSHI reads its configuration once for all, so that there is one directory, too. */
final class OshiRig implements PowerRig {

    private static final Path SYS = directory();

    private final Path uevent = SYS.resolve("class/power_supply/BAT0/uevent");

    OshiRig() throws IOException {
        Files.createDirectories(uevent.getParent());
    }

    private static Path directory() {
        try {
            Path directory = Files.createTempDirectory("spark-oshi-");
            directory.toFile().deleteOnExit();
            GlobalConfig.set("oshi.util.sys.path", directory.toString());
            GlobalConfig.set("oshi.os.linux.allowudev", false);
            return directory;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Override
    public Map<String, Object> settings() {
        return Map.of();
    }

    void write(String... lines) throws IOException {
        Fifo.release(uevent);
        Files.createDirectories(uevent.getParent());
        StringBuilder text = new StringBuilder();
        for (String line : lines) {
            text.append("POWER_SUPPLY_").append(line).append('\n');
        }
        Files.writeString(uevent, text);
    }

    @Override
    public boolean say(Scene scene) throws IOException {
        write("NAME=BAT0", "PRESENT=1", "STATUS=Charging", "CAPACITY=87");
        switch (scene) {
            case MAINS -> {
                // written
            }
            case BATTERY -> write("NAME=BAT0", "PRESENT=1", "STATUS=Discharging", "CAPACITY=64");
            case LOOKALIKES -> write("NAME=BAT0", "PRESENT=1", "STATUS=Undischarging", "CAPACITY=87");
            case NO_STATUS -> write("NAME=BAT0", "PRESENT=1", "CAPACITY=87");
            default -> {
                return false; // OSHI has no words for it
            }
        }
        return true;
    }

    @Override
    public boolean fail(Fault fault) throws IOException {
        switch (fault) {
            case SILENT -> Fifo.make(uevent);
            case GARBAGE -> write("\u0001=\u0002", "STATUS", "CAPACITY=x");
            case GONE -> {
                Files.delete(uevent);
                Files.delete(uevent.getParent());
            }
            case HALF, ENDLESS -> {
                return false;
            }
        }
        return true;
    }

    @Override
    public void close() throws IOException {
        Fifo.release(uevent);
        Files.deleteIfExists(uevent);
    }
}
