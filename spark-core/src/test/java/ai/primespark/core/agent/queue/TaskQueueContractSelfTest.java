package ai.primespark.core.agent.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Event;
import org.junit.platform.testkit.engine.Events;

/** Shows that each rule of the contract can fail, and that a wrapped queue without a fault breaks none. */
class TaskQueueContractSelfTest {

    @Test
    void eachFaultBreaksItsRule() {
        Map<Class<?>, String> rules = new LinkedHashMap<>();
        rules.put(BrokenQueues.LosesEveryTenth.class, "TASK-01");
        rules.put(BrokenQueues.IgnoresKeys.class, "TASK-02");
        rules.put(BrokenQueues.GivesLeasesTwice.class, "TASK-03");
        rules.put(BrokenQueues.IgnoresFences.class, "TASK-04");
        rules.put(BrokenQueues.AcceptsEveryCompletion.class, "TASK-05");
        rules.put(BrokenQueues.IgnoresPriorities.class, "TASK-06");
        rules.put(BrokenQueues.ForgetsRequests.class, "TASK-07");
        rules.put(BrokenQueues.SaysCancelledAndRunsIt.class, "TASK-08");
        rules.put(BrokenQueues.IgnoresDeadlines.class, "TASK-09");
        rules.put(BrokenQueues.NeverWakes.class, "TASK-10");
        rules.put(BrokenQueues.IsNeverFull.class, "TASK-11");
        rules.put(BrokenQueues.WorksAfterClose.class, "TASK-12");
        rules.put(BrokenQueues.IgnoresLimits.class, "TASK-13");
        rules.put(BrokenQueues.IgnoresDependencies.class, "TASK-14");
        rules.put(BrokenQueues.KeepsOneError.class, "TASK-15");
        Map<String, String> missed = new LinkedHashMap<>();
        rules.forEach((queue, rule) -> {
            Set<String> broken = brokenRules(queue);
            if (!broken.contains(rule) || broken.size() > 9) { // one that fails at everything shows nothing
                missed.put(queue.getSimpleName(), rule + " is not among " + broken);
            }
        });
        assertThat(missed).isEmpty();
    }

    @Test
    void aWrappedQueueBreaksNothing() {
        assertThat(brokenRules(BrokenQueues.Nothing.class)).isEmpty();
    }

    private static Set<String> brokenRules(Class<?> contract) {
        Events tests = EngineTestKit.engine("junit-jupiter")
                .configurationParameter("junit.jupiter.execution.parallel.enabled", "true")
                .configurationParameter("junit.jupiter.execution.parallel.mode.default", "concurrent")
                .configurationParameter("junit.jupiter.execution.parallel.config.strategy", "fixed")
                .configurationParameter("junit.jupiter.execution.parallel.config.fixed.parallelism", "8")
                .selectors(selectClass(contract))
                .execute()
                .testEvents();
        assertThat(tests.started().count()).as("tests that ran").isGreaterThan(50);
        assertThat(List.of(tests.skipped().count(), tests.aborted().count())).containsExactly(0L, 0L);
        TreeSet<String> rules = new TreeSet<>();
        for (Event failed : tests.failed().list()) {
            rules.add(failed.getTestDescriptor().getDisplayName().split(" ", 2)[0]);
        }
        return rules;
    }
}
