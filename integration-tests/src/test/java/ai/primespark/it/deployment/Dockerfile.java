package ai.primespark.it.deployment;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The instructions of a Dockerfile.
 *
 * @param instructions in their order, continued lines joined, without comments
 */
record Dockerfile(List<Instruction> instructions) {

    private static final Pattern ARGUMENT = Pattern.compile("\\$\\{?([A-Z_]+)}?");

    /**
     * One instruction.
     *
     * @param stage the number of its stage, from 0; -1 before the first
     * @param name in capitals
     * @param text what follows
     */
    record Instruction(int stage, String name, String text) {}

    static Dockerfile parse(String text) {
        List<Instruction> instructions = new ArrayList<>();
        int stage = -1;
        String joined = text.replaceAll("(?m)^\\s*#.*\\R", "").replaceAll("\\\\\\R\\s*", " ");
        for (String line : joined.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .toList()) {
            String[] parts = line.split("\\s+", 2);
            String name = parts[0].toUpperCase(java.util.Locale.ROOT);
            stage += name.equals("FROM") ? 1 : 0;
            instructions.add(new Instruction(stage, name, parts.length > 1 ? parts[1] : ""));
        }
        return new Dockerfile(instructions);
    }

    List<String> all(String name) {
        return instructions.stream()
                .filter(instruction -> instruction.name().equals(name))
                .map(Instruction::text)
                .toList();
    }

    int lastStage() {
        return instructions.get(instructions.size() - 1).stage();
    }

    List<String> ofLastStage(String name) {
        return instructions.stream()
                .filter(instruction ->
                        instruction.stage() == lastStage() && instruction.name().equals(name))
                .map(Instruction::text)
                .toList();
    }

    /** The default of an ARG. */
    String argument(String name) {
        return all("ARG").stream()
                .filter(text -> text.startsWith(name + "="))
                .map(text -> text.substring(name.length() + 1))
                .findFirst()
                .orElseThrow();
    }

    /** With the defaults of its ARGs. */
    String expand(String text) {
        Matcher matcher = ARGUMENT.matcher(text);
        return matcher.replaceAll(found -> Matcher.quoteReplacement(argument(found.group(1))));
    }

    /** What hadolint and the Docker documentation warn of, each as one line; empty when there is nothing. */
    List<String> complaints() {
        List<String> complaints = new ArrayList<>();
        for (Instruction instruction : instructions) {
            complain(instruction, complaints);
        }
        List<String> users = ofLastStage("USER");
        if (users.isEmpty() || !expand(users.get(users.size() - 1)).matches("[1-9]\\d*(:[1-9]\\d*)?")) {
            complaints.add("the last stage does not end as a user with a number above 0");
        }
        if (ofLastStage("HEALTHCHECK").size() != 1) {
            complaints.add("the last stage needs one HEALTHCHECK");
        }
        if (ofLastStage("ENTRYPOINT").stream()
                        .filter(text -> text.matches("\\[\".*\"]"))
                        .count()
                != 1) {
            complaints.add("the last stage needs one ENTRYPOINT as a list, or signals go to a shell");
        }
        return complaints;
    }

    private static void complain(Instruction instruction, List<String> complaints) {
        String text = instruction.text();
        switch (instruction.name()) {
            case "FROM" -> {
                if (!text.matches("(--platform=\\S+ )?\\S+:\\S+@sha256:[0-9a-f]{64} AS [a-z]+")) {
                    complaints.add("FROM without tag, digest and name: " + text);
                }
            }
            case "ADD" -> complaints.add("ADD fetches and unpacks by surprise; use COPY: " + text);
            case "RUN" -> {
                if (text.contains("apt-get install")
                        && !(text.contains("--no-install-recommends") && text.contains("rm -rf /var/lib/apt/lists"))) {
                    complaints.add("apt-get without --no-install-recommends, or lists left behind: " + text);
                }
                if (text.matches(".*\\b(curl|wget)\\b.*\\|\\s*(ba)?sh.*") || text.contains("sudo ")) {
                    complaints.add("runs what it has not checked, or sudo: " + text);
                }
            }
            case "CMD", "ENTRYPOINT" -> {
                if (!text.startsWith("[")) {
                    complaints.add(instruction.name() + " is not a list: " + text);
                }
            }
            case "ENV", "ARG" -> {
                if (text.matches("(?i).*(password|secret|token)\\w*=\\S+.*")) {
                    complaints.add("a secret in a layer: " + text.replaceAll("=.*", "=…"));
                }
            }
            case "WORKDIR" -> {
                if (!text.startsWith("/")) {
                    complaints.add("WORKDIR is not absolute: " + text);
                }
            }
            case "MAINTAINER" -> complaints.add("MAINTAINER is deprecated");
            default -> {
                // nothing is known against it
            }
        }
    }
}
