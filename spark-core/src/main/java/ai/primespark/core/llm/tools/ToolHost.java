package ai.primespark.core.llm.tools;

import ai.primespark.core.llm.observe.NameBound;
import ai.primespark.llm.ToolResult;
import ai.primespark.llm.Toolbox;
import ai.primespark.spi.Meters;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;

/**
 * What the tools of all runs share: the usual time limit, and the timer {@code spark.llm.tools} of each tool and
 * outcome. Thread-safe.
 */
public final class ToolHost {

    /** Applications may make toolboxes as they go, so the names of their tools are not bounded by themselves. */
    private static final int MOST_NAMES = 64;

    private final ScheduledExecutorService scheduler;
    private final Duration timeLimit;
    private final Meters meters;
    private final NameBound names = new NameBound(Set.of(), MOST_NAMES);

    /**
     * Makes it; starts nothing.
     *
     * @param scheduler for their time limits
     * @param timeLimit of tools that have none, in toolboxes that have none
     * @param meters where runs of tools are counted and timed
     */
    public ToolHost(ScheduledExecutorService scheduler, Duration timeLimit, Meters meters) {
        this.scheduler = scheduler;
        this.timeLimit = timeLimit;
        this.meters = meters;
    }

    ScheduledExecutorService scheduler() {
        return scheduler;
    }

    /** The tool's own limit, else the toolbox's, else the usual one. */
    Duration timeLimit(BoundTool tool, Toolbox toolbox) {
        return tool.timeLimit().or(toolbox::timeLimit).orElse(timeLimit);
    }

    /**
     * Counts a call that has its result. A name that the model made up never becomes a tag.
     *
     * @param result what came of it
     */
    void ended(ToolResult result) {
        boolean known =
                result.outcome() != ToolResult.Outcome.UNKNOWN_TOOL && result.outcome() != ToolResult.Outcome.TOO_MANY;
        meters.timer(
                        "spark.llm.tools",
                        "tool",
                        known ? names.of(result.invocation().name()) : NameBound.OTHER,
                        "outcome",
                        result.outcome().name().toLowerCase(Locale.ROOT).replace('_', '-'))
                .record(result.duration());
    }
}
