package ai.primespark.core.llm.observe;

import ai.primespark.llm.LlmException;
import org.jspecify.annotations.Nullable;

/**
 * Something that takes time, as an observer sees it. Used by one thread at a time, which may be another one each time; {@link #end}
 * may be called by several at once. Never throws.
 */
public interface Span {

    /** Nobody looks. */
    Span NONE = new Span() {
        @Override
        public void tag(String name, String value) {}

        @Override
        public void note(String name, String value) {}

        @Override
        public void end(LlmException.@Nullable Kind failure) {}

        @Override
        public Scope enter() {
            return Scope.NONE;
        }

        @Override
        public String toString() {
            return "Span.NONE";
        }
    };

    /**
     * Sets a fact out of a small set, which meters may be made of.
     *
     * @param name dotted name; the same ones for every span of one name
     * @param value never empty
     */
    void tag(String name, String value);

    /**
     * Sets any other fact.
     *
     * @param name dotted name
     * @param value never a prompt or an answer
     */
    void note(String name, String value);

    /**
     * Ends it. What comes after that is ignored.
     *
     * @param failure what went wrong, or null; cancelling is not wrong
     */
    void end(LlmException.@Nullable Kind failure);

    /**
     * Makes it what this thread does, so that what the application observes meanwhile is a part of it.
     *
     * @return to be closed by the same thread
     */
    Scope enter();

    /** While a thread is inside. */
    interface Scope extends AutoCloseable {

        /** Nothing was entered. */
        Scope NONE = () -> {};

        @Override
        void close();
    }
}
