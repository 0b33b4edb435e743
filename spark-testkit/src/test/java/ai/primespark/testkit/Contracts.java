package ai.primespark.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.util.Set;
import java.util.TreeSet;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Event;
import org.junit.platform.testkit.engine.Events;

/** Runs contracts inside of a test. */
final class Contracts {

    private Contracts() {}

    /** The ids of the rules that an implementation broke, such as TIER-02. */
    static Set<String> brokenRules(Class<?> contract) {
        return brokenRules(contract, EngineTestKit.engine("junit-jupiter"));
    }

    /** The same, several rules at a time: for faults that most rules find by waiting in vain. */
    static Set<String> brokenRulesAtOnce(Class<?> contract) {
        return brokenRules(
                contract,
                EngineTestKit.engine("junit-jupiter")
                        .configurationParameter("junit.jupiter.execution.parallel.enabled", "true")
                        .configurationParameter("junit.jupiter.execution.parallel.mode.default", "concurrent")
                        .configurationParameter("junit.jupiter.execution.parallel.config.strategy", "fixed")
                        .configurationParameter("junit.jupiter.execution.parallel.config.fixed.parallelism", "8"));
    }

    private static Set<String> brokenRules(Class<?> contract, EngineTestKit.Builder engine) {
        Events tests = engine.selectors(selectClass(contract)).execute().testEvents();
        assertThat(tests.started().count())
                .as("tests of %s that ran", contract.getSimpleName())
                .isPositive();
        assertThat(tests.skipped().count()).as("skipped tests").isZero();
        assertThat(tests.aborted().count()).as("aborted tests").isZero();
        Set<String> rules = new TreeSet<>();
        for (Event failed : tests.failed().list()) {
            rules.add(failed.getTestDescriptor().getDisplayName().split(" ", 2)[0]);
        }
        return rules;
    }
}
