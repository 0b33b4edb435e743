package ai.primespark.power.ups;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Answers like upsd, with one UPS called {@code pi}; errors are as a test says. */
final class NutRig extends RigServer {

    private final Map<String, Object> more;
    private final Map<String, String> refusals = new HashMap<>();
    private volatile Map<String, String> variables = Map.of();

    NutRig(Map<String, Object> more) throws IOException {
        this.more = more;
    }

    @Override
    public Map<String, Object> settings() {
        Map<String, Object> settings = new HashMap<>(Map.of("host", "127.0.0.1", "port", port(), "ups", "pi"));
        settings.putAll(more);
        return settings;
    }

    /** Answers questions that begin so with a line, such as {@code ERR DATA-STALE}. */
    synchronized void refuse(String question, String answer) {
        refusals.put(question, answer);
    }

    /** Answers all questions again. */
    synchronized void refuseNothing() {
        refusals.clear();
    }

    void variables(Map<String, String> all) throws IOException {
        heal();
        variables = all;
    }

    @Override
    @Nullable
    String question(InputStream in) throws IOException {
        return line(in);
    }

    @Override
    synchronized byte[] answer(String question) {
        for (Map.Entry<String, String> refusal : refusals.entrySet()) {
            if (question.startsWith(refusal.getKey())) {
                return bytes(refusal.getValue() + "\n");
            }
        }
        return bytes(
                switch (question) {
                    case "STARTTLS" -> "ERR FEATURE-NOT-CONFIGURED\n";
                    case "LIST UPS" -> "BEGIN LIST UPS\nUPS pi \"Rack \\\"A\\\" \\\\ UPS \\#1\"\nEND LIST UPS\n";
                    case "LIST VAR pi" -> list();
                    case "LOGOUT" -> "OK Goodbye\n";
                    default -> question.startsWith("LIST VAR ") ? "ERR UNKNOWN-UPS\n" : "OK\n";
                });
    }

    private String list() {
        StringBuilder list = new StringBuilder("BEGIN LIST VAR pi\n");
        variables.forEach((name, value) -> list.append("VAR pi ")
                .append(name)
                .append(" \"")
                .append(value.replace("\\", "\\\\").replace("\"", "\\\"").replace("#", "\\#"))
                .append("\"\n"));
        return list.append("END LIST VAR pi\n").toString();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    @Override
    public boolean say(Scene scene) throws IOException {
        variables(UpsScenes.of(scene));
        return true;
    }

    @Override
    public Set<String> harmless() {
        return Set.of("LIST", "STARTTLS", "USERNAME", "PASSWORD", "LOGIN", "LOGOUT");
    }
}
