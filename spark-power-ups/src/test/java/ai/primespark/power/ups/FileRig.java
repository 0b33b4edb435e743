package ai.primespark.power.ups;

import ai.primespark.testkit.PowerRig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;

/** A file of variables, as JSON and as lines in turn. */
final class FileRig implements PowerRig {

    private final Path file;

    FileRig(Path file) {
        this.file = file;
    }

    @Override
    public Map<String, Object> settings() {
        return Map.of("path", file);
    }

    void write(String text) throws IOException {
        Fifo.release(file);
        Path next = file.resolveSibling("next");
        Files.writeString(next, text, StandardCharsets.ISO_8859_1);
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
    }

    @Override
    public boolean say(Scene scene) throws IOException {
        Map<String, String> variables = UpsScenes.of(scene);
        write(
                scene.name().contains("NUMBERS") || scene == Scene.BATTERY
                        ? UpsScenes.text(variables)
                        : UpsScenes.json(variables));
        return true;
    }

    @Override
    public boolean fail(Fault fault) throws IOException {
        switch (fault) {
            case SILENT -> Fifo.make(file);
            case HALF -> write("ups.status: OL\nbattery.cha");
            case GARBAGE -> write("\u0000\u00ff\u00fe\u0001garbage\u0007");
            case ENDLESS -> {
                Files.deleteIfExists(file);
                Files.createSymbolicLink(file, Path.of("/dev/zero"));
            }
            case GONE -> Files.deleteIfExists(file);
        }
        return true;
    }

    @Override
    public void close() throws IOException {
        Fifo.release(file);
    }
}
