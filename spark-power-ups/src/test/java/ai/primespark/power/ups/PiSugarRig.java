package ai.primespark.power.ups;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Answers like pisugar-server; somebody presses the button all the time. */
final class PiSugarRig extends RigServer {

    private final @Nullable Path socket;
    private volatile Map<String, String> values = Map.of();

    PiSugarRig(@Nullable Path socket) throws IOException {
        super(socket);
        this.socket = socket;
    }

    @Override
    public Map<String, Object> settings() {
        return socket != null ? Map.of("socket", socket) : Map.of("host", "127.0.0.1", "port", port());
    }

    void values(@Nullable String battery, @Nullable String plugged, @Nullable String charging) throws IOException {
        heal();
        Map<String, String> all = new HashMap<>();
        if (battery != null) {
            all.put("battery", battery);
        }
        if (plugged != null) {
            all.put("battery_power_plugged", plugged);
        }
        if (charging != null) {
            all.put("battery_charging", charging);
        }
        values = all;
    }

    @Override
    @Nullable
    String question(InputStream in) throws IOException {
        return line(in);
    }

    @Override
    byte[] answer(String question) {
        String name = question.startsWith("get ") ? question.substring(4) : "";
        String value = values.get(name);
        String answer = value == null
                ? "error: unrecognized subcommand '" + name
                        + "'\n\nUsage: get <COMMAND>\nHint: use 'help get' for usage\n"
                : name + ": " + value + "\n";
        return ("single\nlong\n" + answer).getBytes(StandardCharsets.ISO_8859_1);
    }

    @Override
    public boolean say(Scene scene) throws IOException {
        switch (scene) {
            case MAINS -> values("87", "true", "true");
            case BATTERY -> values("64.0", "false", "false");
            case NO_NUMBERS -> values("I2C not connected", "true", "false");
            case UNREADABLE_NUMBERS -> values("87 percent", "true", "false");
            case LOOKALIKES -> values("87", "trueish", "truer");
            case CONTRADICTION -> values("87", "false", "true");
            case NO_STATUS -> values("87", null, null);
            case UNKNOWN_WORD -> {
                heal();
                return false;
            }
        }
        return true;
    }

    @Override
    public Set<String> harmless() {
        return Set.of("get");
    }
}
