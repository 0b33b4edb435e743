package ai.primespark.examples.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A {@code .env} file: {@code NAME=value} lines, {@code #} comments, quotes, an optional {@code export}.
 *
 * @param values by name; the last line of a name wins
 * @param problems lines that could not be read, by number; never what they say, because it may be a secret
 */
record DotEnv(Map<String, String> values, List<String> problems) {

    private static final Pattern LINE = Pattern.compile("(?:export\\s+)?([A-Za-z_][A-Za-z0-9_]*)\\s*=\\s*(.*)");
    private static final Pattern SINGLE = Pattern.compile("'([^']*)'\\s*(?:#.*)?");
    private static final Pattern DOUBLE = Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*+)\"\\s*(?:#.*)?");
    private static final Pattern ESCAPE = Pattern.compile("\\\\(.)");

    static DotEnv read(Path file) throws StartupException {
        try {
            return parse(Files.readString(file), file.toString());
        } catch (NoSuchFileException e) {
            return new DotEnv(Map.of(), List.of());
        } catch (IOException e) {
            throw new StartupException("cannot read " + file + " ("
                    + e.getClass().getSimpleName() + "): make it a readable UTF-8 text file, or take it away");
        }
    }

    static DotEnv parse(String text, String name) {
        Map<String, String> values = new LinkedHashMap<>();
        List<String> problems = new ArrayList<>();
        int number = 0;
        for (String raw : text.lines().toList()) {
            number++;
            String line = (number == 1 && raw.startsWith("\uFEFF") ? raw.substring(1) : raw).strip();
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            Matcher parts = LINE.matcher(line);
            if (!parts.matches()) {
                problems.add(name + " line " + number + ": is not NAME=value; the line is ignored");
                continue;
            }
            String value = parts.group(2);
            Matcher quoted = (value.startsWith("\"") ? DOUBLE : SINGLE).matcher(value);
            if (!value.startsWith("'") && !value.startsWith("\"")) {
                values.put(parts.group(1), value.replaceFirst("(^|\\s+)#.*", ""));
            } else if (quoted.matches()) {
                String inner = quoted.group(1);
                values.put(parts.group(1), value.startsWith("\"") ? unescape(inner) : inner);
            } else {
                problems.add(name + " line " + number + ": the quotes do not match; the line is ignored");
            }
        }
        return new DotEnv(values, problems);
    }

    private static String unescape(String text) {
        return ESCAPE.matcher(text).replaceAll(escape -> {
            String c = escape.group(1);
            return switch (c) {
                case "n" -> "\n";
                case "r" -> "\r";
                case "t" -> "\t";
                case "\"", "\\", "$" -> Matcher.quoteReplacement(c);
                default -> Matcher.quoteReplacement(escape.group());
            };
        });
    }

    /** The values, overridden by the process's own environment. */
    Map<String, String> under(Map<String, String> environment) {
        Map<String, String> all = new LinkedHashMap<>(values);
        all.putAll(environment);
        return all;
    }
}
