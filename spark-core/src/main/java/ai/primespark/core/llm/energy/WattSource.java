package ai.primespark.core.llm.energy;

import ai.primespark.power.PowerReading;

/** What this machine draws, as its power sources last said. */
@FunctionalInterface
public interface WattSource {

    /**
     * The latest reading. Never waits for a source.
     *
     * @return one without watts when nothing is known
     */
    PowerReading latest();
}
