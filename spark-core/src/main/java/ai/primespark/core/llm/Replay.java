package ai.primespark.core.llm;

import ai.primespark.llm.AnswerSource;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmResponse;
import org.jspecify.annotations.Nullable;

/** Gives a stored answer again, piece by piece. Not thread-safe. */
final class Replay {

    private static final int PIECE_CHARS = 2_048;

    private final LlmResponse answer;
    private final AnswerSource source;
    private boolean thought;
    private int position;

    Replay(LlmResponse answer, AnswerSource source) {
        this.answer = answer;
        this.source = source;
    }

    LlmResponse answer() {
        return answer;
    }

    AnswerSource source() {
        return source;
    }

    /** The next piece; null after the last. */
    @Nullable
    LlmEvent next() {
        if (!thought) {
            thought = true;
            if (!answer.thinking().isEmpty()) {
                return new LlmEvent.Thinking(answer.thinking());
            }
        }
        String text = answer.text();
        if (position == text.length()) {
            return null;
        }
        int end = Math.min(position + PIECE_CHARS, text.length());
        if (end < text.length() && Character.isHighSurrogate(text.charAt(end - 1))) {
            end++; // a character is not torn
        }
        LlmEvent piece = new LlmEvent.Text(text.substring(position, end));
        position = end;
        return piece;
    }
}
