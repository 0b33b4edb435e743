package ai.primespark.testkit;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a power source of {@link PowerSourceContract} reads, at the command of the test: a server that is no real one, a directory, a
 * file. Each change holds from the next reading on. For one thread, while a source reads from another.
 */
public interface PowerRig extends AutoCloseable {

    /** What there is to read. */
    enum Scene {
        /** Mains, and a charge of 87 %. */
        MAINS,
        /** On battery, and a charge of 64 %. */
        BATTERY,
        /** Mains, and no number at all. */
        NO_NUMBERS,
        /** Mains, and words such as {@code n/a} where numbers should be. */
        UNREADABLE_NUMBERS,
        /** Mains, and besides the status word {@code SPARKLING}. */
        UNKNOWN_WORD,
        /** Only words that contain known ones, each of which is another word. */
        LOOKALIKES,
        /** Words that cannot both be true of what feeds the machine. */
        CONTRADICTION,
        /** No word about what feeds the machine, but a charge of 87 %. */
        NO_STATUS
    }

    /** How the other side goes wrong. */
    enum Fault {
        /** It takes what comes and says nothing. */
        SILENT,
        /** It stops in the middle of its answer. */
        HALF,
        /** It says what is none of its language. */
        GARBAGE,
        /** Its answer has no end. */
        ENDLESS,
        /** It is not there. */
        GONE
    }

    /**
     * Settings with which the provider's source reads this.
     *
     * @return values by setting name
     */
    Map<String, Object> settings();

    /**
     * Sets what there is to read, and ends any fault.
     *
     * @param scene what it should be
     * @return false when this kind of source has no way to say so, and then the rule is not tested; never for {@link Scene#MAINS} and
     *     {@link Scene#BATTERY}
     * @throws Exception when it cannot be done, which fails the test
     */
    boolean say(Scene scene) throws Exception;

    /**
     * Goes wrong until something is said.
     *
     * @param fault how
     * @return false when this kind of other side cannot go wrong like that
     * @throws Exception when it cannot be done, which fails the test
     */
    boolean fail(Fault fault) throws Exception;

    /**
     * Everything that was sent to the other side, one request each.
     *
     * @return empty unless overridden: a source that only reads files sends nothing
     */
    default List<String> sent() {
        return List.of();
    }

    /**
     * The first words of requests that can change nothing about the power.
     *
     * @return empty unless overridden
     */
    default Set<String> harmless() {
        return Set.of();
    }

    @Override
    void close() throws Exception;
}
