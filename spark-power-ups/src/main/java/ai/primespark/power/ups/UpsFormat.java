package ai.primespark.power.ups;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Reads variables as text: lines {@code name: value} as {@code upsc} prints them, or one JSON object, whose inner objects count as
 * parts of names: {@code {"battery": {"charge": 97}}} is {@code battery.charge: 97}.
 */
final class UpsFormat {

    /** The most variables of one UPS; large ones have about 200. */
    static final int MAX_VARIABLES = 2_000;

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]+(?:\\.[A-Za-z0-9_-]+)*");
    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(8)
                    .maxStringLength(8_192)
                    .maxNumberLength(64)
                    .build())
            .build();

    private UpsFormat() {}

    /**
     * Reads either form.
     *
     * @throws IOException when it is neither, or empty; the message says where
     */
    static Map<String, String> parse(String text) throws IOException {
        String stripped = text.strip();
        if (stripped.isEmpty()) {
            throw new IOException("there is nothing in it");
        }
        return stripped.startsWith("{") ? json(stripped) : lines(stripped);
    }

    private static Map<String, String> lines(String text) throws IOException {
        Map<String, String> variables = new LinkedHashMap<>();
        int number = 0;
        for (String line : text.split("\n", -1)) {
            number++;
            String content = line.strip();
            if (content.isEmpty() || content.startsWith("#")) {
                continue;
            }
            int colon = content.indexOf(':');
            String name = colon < 0 ? "" : content.substring(0, colon).strip();
            if (!NAME.matcher(name).matches()) {
                throw new IOException("line " + number + " is not of the form 'name: value'");
            }
            put(variables, name, content.substring(colon + 1).strip());
        }
        return variables;
    }

    private static Map<String, String> json(String text) throws IOException {
        Map<String, String> variables = new LinkedHashMap<>();
        try (JsonParser parser = JSON.createParser(text)) {
            parser.nextToken();
            object(parser, "", variables);
            if (parser.nextToken() != null) {
                throw new IOException("there is more after the JSON object");
            }
        }
        return variables;
    }

    private static void object(JsonParser parser, String prefix, Map<String, String> variables) throws IOException {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = prefix + parser.currentName();
            JsonToken value = parser.nextToken();
            if (value == JsonToken.START_OBJECT) {
                object(parser, name + ".", variables);
            } else if (value == JsonToken.START_ARRAY) {
                throw new IOException("'" + Shown.text(name) + "' is a list; write one value");
            } else if (value != JsonToken.VALUE_NULL) { // null says that it is not known, like its absence
                put(variables, name, parser.getText());
            }
        }
    }

    private static void put(Map<String, String> variables, String name, String value) throws IOException {
        if (variables.size() >= MAX_VARIABLES) {
            throw new IOException("there are more than " + MAX_VARIABLES + " variables in it");
        }
        if (variables.put(name, value) != null) {
            throw new IOException("'" + Shown.text(name) + "' is said twice");
        }
    }
}
