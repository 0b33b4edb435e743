package ai.primespark.power.ups;

import ai.primespark.testkit.PowerRig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A script that prints what a test says. */
final class ExecRig implements PowerRig {

    private final Path script;

    ExecRig(Path script) {
        this.script = script;
    }

    @Override
    public Map<String, Object> settings() {
        return Map.of("command", List.of("/bin/sh", script.toString()));
    }

    void write(String text) throws IOException {
        Files.writeString(script, text);
    }

    private void print(String text) throws IOException {
        write("cat <<'END'\n" + text + "END\n");
    }

    @Override
    public boolean say(Scene scene) throws IOException {
        Map<String, String> variables = UpsScenes.of(scene);
        print(
                scene.name().contains("NUMBERS") || scene == Scene.BATTERY
                        ? UpsScenes.json(variables)
                        : UpsScenes.text(variables));
        return true;
    }

    @Override
    public boolean fail(Fault fault) throws IOException {
        switch (fault) {
            case SILENT -> write("sleep 600\n");
            case HALF -> write("echo '{\"ups.status\": \"OL\", \"battery'\n");
            case GARBAGE -> write("echo 'Traceback (most recent call last)'; echo oops\n");
            case ENDLESS -> write("yes ups.status\n");
            case GONE -> Files.delete(script);
        }
        return true;
    }

    @Override
    public void close() throws IOException {}
}
