package ai.primespark.it.docs;

import ai.primespark.it.ProjectFiles;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** The tables of docs/observability.md. */
final class ObservabilityPage {

    private static final Pattern CODE = Pattern.compile("`([^`]+)`");

    private final String text =
            ProjectFiles.read(ProjectFiles.root().resolve("docs").resolve("observability.md"));

    /**
     * A meter as it is documented.
     *
     * @param type gauge, counter or timer
     * @param tags the names of its tags
     * @param values what a tag may be, where that is said
     */
    record Meter(String type, Set<String> tags, Map<String, Set<String>> values) {}

    String text() {
        return text;
    }

    /** Everything below a heading, up to the next one of its level or above. */
    String section(String heading) {
        int from = text.indexOf("\n" + heading + "\n");
        if (from < 0) {
            throw new AssertionError("no section " + heading);
        }
        String level = heading.substring(0, heading.indexOf(' '));
        String rest = text.substring(from + heading.length() + 2);
        var next = Pattern.compile("^#{2," + level.length() + "} ", Pattern.MULTILINE)
                .matcher(rest);
        return next.find() ? rest.substring(0, next.start()) : rest;
    }

    /** The rows of all tables in a text, without headings, as cells. */
    static List<List<String>> rows(String section) {
        List<List<String>> rows = new ArrayList<>();
        List<String> lines = section.lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            boolean heading = i + 1 < lines.size() && lines.get(i + 1).startsWith("|---");
            if (line.startsWith("| ") && !heading) {
                String inner = line.substring(1, line.lastIndexOf('|'));
                rows.add(Pattern.compile("\\|")
                        .splitAsStream(inner)
                        .map(String::strip)
                        .toList());
            }
        }
        return rows;
    }

    /** What stands in code font in a cell. */
    static List<String> codes(String cell) {
        return CODE.matcher(cell).results().map(match -> match.group(1)).toList();
    }

    Map<String, Meter> meters() {
        Map<String, Meter> meters = new LinkedHashMap<>();
        for (List<String> row : rows(section("## Meters"))) {
            Set<String> tags = new LinkedHashSet<>();
            Map<String, Set<String>> values = new LinkedHashMap<>();
            for (String part : row.get(3).split(";", -1)) {
                String[] sides = part.split("=", 2);
                List<String> names = codes(sides[0]);
                tags.addAll(names);
                if (sides.length == 2) {
                    values.put(names.get(names.size() - 1), Set.copyOf(codes(sides[1])));
                }
            }
            for (String name : codes(row.get(0))) {
                if (meters.put(name, new Meter(row.get(1), tags, values)) != null) {
                    throw new AssertionError("documented twice: " + name);
                }
            }
        }
        return meters;
    }

    Set<String> observations() {
        Set<String> names = new LinkedHashSet<>();
        rows(section("## Observations")).forEach(row -> names.addAll(codes(row.get(0))));
        return names;
    }

    Set<String> events() {
        Set<String> names = new LinkedHashSet<>();
        rows(section("## Events")).forEach(row -> names.addAll(codes(row.get(0))));
        return names;
    }

    /** The figures of each component, by its name. */
    Map<String, Set<String>> metrics(String heading) {
        Map<String, Set<String>> metrics = new LinkedHashMap<>();
        for (List<String> row : rows(section(heading))) {
            metrics.put(codes(row.get(0)).get(0), Set.copyOf(codes(row.get(row.size() - 1))));
        }
        return metrics;
    }

    /** The first block of JSON of a section. */
    String json(String heading) {
        MatchResult block = Pattern.compile("```json\\R(.*?)```", Pattern.DOTALL)
                .matcher(section(heading))
                .results()
                .findFirst()
                .orElseThrow();
        return block.group(1);
    }
}
