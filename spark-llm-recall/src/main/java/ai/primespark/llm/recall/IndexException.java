package ai.primespark.llm.recall;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A failure of the index whose message says which index, what is wrong and how to mend it. */
final class IndexException extends IOException {

    private static final long serialVersionUID = 1L;

    IndexException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
