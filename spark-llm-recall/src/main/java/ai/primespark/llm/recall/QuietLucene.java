package ai.primespark.llm.recall;

import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Keeps Lucene from printing, on newer JVMs, that another version of it or the incubating vector module would compare vectors faster.
 * There are none in an index of words. A level that the application has set stays as it is.
 */
final class QuietLucene {

    /** Held because the log manager itself holds loggers weakly, and forgets their level with them. */
    private static final Logger ADVISER =
            Logger.getLogger("org.apache.lucene.internal.vectorization.VectorizationProvider");

    private QuietLucene() {}

    /** Called before Lucene's classes are loaded. */
    static void prepare() {
        if (ADVISER.getLevel() == null) {
            ADVISER.setLevel(Level.SEVERE);
        }
    }
}
