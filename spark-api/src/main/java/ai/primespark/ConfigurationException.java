package ai.primespark;

import java.util.List;
import java.util.stream.Collectors;

/** The configuration cannot be used. Holds every problem that was found, not only the first. */
public final class ConfigurationException extends SparkException {

    private static final long serialVersionUID = 1L;

    private final transient List<ConfigProblem> problems;

    /**
     * Makes one report of all problems.
     *
     * @param problems at least one
     */
    public ConfigurationException(List<ConfigProblem> problems) {
        super(report(problems), null);
        this.problems = List.copyOf(problems);
    }

    /**
     * Every problem.
     *
     * @return unmodifiable, never empty
     */
    public List<ConfigProblem> problems() {
        return problems;
    }

    private static String report(List<ConfigProblem> problems) {
        if (problems.isEmpty()) {
            throw new IllegalArgumentException("a report needs at least one problem");
        }
        return problems.stream()
                .map(p -> "\n  - " + p)
                .collect(Collectors.joining(
                        "",
                        problems.size() == 1
                                ? "1 problem in the configuration:"
                                : problems.size() + " problems in the configuration:",
                        ""));
    }
}
