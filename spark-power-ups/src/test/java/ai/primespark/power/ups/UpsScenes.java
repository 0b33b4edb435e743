package ai.primespark.power.ups;

import ai.primespark.testkit.PowerRig.Scene;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The contract's scenes as variables of NUT. */
final class UpsScenes {

    private UpsScenes() {}

    static Map<String, String> of(Scene scene) {
        return switch (scene) {
            case MAINS -> variables("OL CHRG", "087", "1800", "38");
            case BATTERY -> variables("DISCHRG OB", "64,0", "900", "35.5");
            case NO_NUMBERS -> variables("OL", null, null, null);
            case UNREADABLE_NUMBERS -> variables("OL", "n/a", "--", "1e3x");
            case UNKNOWN_WORD -> variables("OL SPARKLING", "87", "1800", "38");
            case LOOKALIKES -> variables("OLD BLOB LBX OVERT", "87", "1800", "38");
            case CONTRADICTION -> variables("OL OB", "87", "1800", "38");
            case NO_STATUS -> variables(null, "87", "1800", "38");
        };
    }

    private static Map<String, String> variables(
            @Nullable String status, @Nullable String charge, @Nullable String runtime, @Nullable String watts) {
        Map<String, String> variables = new LinkedHashMap<>();
        variables.put("device.model", "Scene");
        put(variables, "ups.status", status);
        put(variables, "battery.charge", charge);
        put(variables, "battery.runtime", runtime);
        put(variables, "ups.realpower", watts);
        return variables;
    }

    private static void put(Map<String, String> variables, String name, @Nullable String value) {
        if (value != null) {
            variables.put(name, value);
        }
    }

    /** As upsc prints them. */
    static String text(Map<String, String> variables) {
        StringBuilder text = new StringBuilder();
        variables.forEach(
                (name, value) -> text.append(name).append(": ").append(value).append('\n'));
        return text.toString();
    }

    /** As a JSON object. */
    static String json(Map<String, String> variables) {
        StringBuilder text = new StringBuilder();
        variables.forEach((name, value) -> text.append(text.length() == 0 ? "{" : ", ")
                .append('"')
                .append(name)
                .append("\": \"")
                .append(value)
                .append('"'));
        return text.append("}\n").toString();
    }
}
