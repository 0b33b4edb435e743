package ai.primespark.it.deployment;

import ai.primespark.it.ProjectFiles;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A page of the documents with blocks of what is typed and what appears.
 *
 * @param steps in their order
 */
record ConsolePage(List<Step> steps) {

    private static final Pattern BLOCK = Pattern.compile("```console *(\\w*)\\R(.*?)```", Pattern.DOTALL);

    /**
     * A command.
     *
     * @param terminal its name; empty for the one where most is typed
     * @param command with line breaks, if it has more than one line
     * @param output what the page says that appears; {@code …} stands for any text, and alone for any lines
     */
    record Step(String terminal, String command, List<String> output) {

        /** Whether that is what has appeared. */
        boolean shows(List<String> appeared) {
            return Pattern.compile(pattern(output), Pattern.DOTALL)
                    .matcher(text(appeared))
                    .matches();
        }

        private static String text(List<String> lines) {
            return lines.stream()
                            .map(line -> line + "\n")
                            .collect(Collectors.joining())
                            .stripTrailing() + "\n";
        }

        private static String pattern(List<String> lines) {
            return text(lines)
                    .lines()
                    .map(line -> line.equals("…") ? "(?:.*\n)?" : quoted(line) + "\n")
                    .collect(Collectors.joining());
        }

        private static String quoted(String line) {
            return Pattern.compile("…")
                    .splitAsStream(line.isEmpty() ? "" : line + "\u0000")
                    .map(part -> part.isEmpty() ? "" : Pattern.quote(part.replace("\u0000", "")))
                    .collect(Collectors.joining("[^\n]*"));
        }
    }

    static ConsolePage read(String name) {
        List<Step> steps = new ArrayList<>();
        BLOCK.matcher(ProjectFiles.read(ProjectFiles.root().resolve(name)))
                .results()
                .forEach(block -> steps.addAll(steps(block.group(1), block.group(2))));
        return new ConsolePage(steps);
    }

    private static List<Step> steps(String terminal, String block) {
        List<Step> steps = new ArrayList<>();
        String command = "";
        List<String> output = new ArrayList<>();
        for (String line : block.split("\n", -1)) {
            if (line.startsWith("$ ")) {
                if (!command.isEmpty()) {
                    steps.add(new Step(terminal, command, List.copyOf(output)));
                }
                command = line.substring(2);
                output = new ArrayList<>();
            } else if (command.endsWith("\\")) {
                command += "\n" + line;
            } else {
                output.add(line);
            }
        }
        if (!output.isEmpty() && output.get(output.size() - 1).isEmpty()) {
            output.remove(output.size() - 1); // the end of the block's last line
        }
        steps.add(new Step(terminal, command, List.copyOf(output)));
        return steps;
    }
}
