package ai.primespark.llm;

import java.util.OptionalDouble;

/**
 * What answers on this machine took from the plug, beyond what the machine draws anyway. Only ever measured, by a power source
 * that reports watts; where nothing was measured, there is none.
 *
 * @param joules watt-seconds above the idle machine; not negative
 * @param tokens read and written meanwhile; 0 when there were none
 * @param estimated whether the source computed its watts, for example from a load in percent
 * @param shared whether other calls ran on this machine at the same time, so that this is a share
 */
public record Energy(double joules, long tokens, boolean estimated, boolean shared) {

    /**
     * How much a token took, those of the prompt and of the answer alike.
     *
     * @return in joules; empty when there were no tokens
     */
    public OptionalDouble joulesPerToken() {
        return tokens > 0 ? OptionalDouble.of(joules / tokens) : OptionalDouble.empty();
    }

    /**
     * Both together.
     *
     * @param other what was measured besides
     * @return the sums; estimated or shared when one of them is
     */
    public Energy plus(Energy other) {
        return new Energy(
                joules + other.joules, tokens + other.tokens, estimated || other.estimated, shared || other.shared);
    }
}
