package ai.primespark.llm.ollama;

import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.Message;
import ai.primespark.llm.OutputFormat;
import ai.primespark.llm.Thinking;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What it takes to go on with an answer that another server began. The server is asked for the prompt as it would put it to the
 * model ({@code /api/chat} with {@code _debug_render_only}), and then to complete that prompt with the text so far behind it
 * ({@code /api/generate} with {@code raw}).
 *
 * <p>That is the same to the model as if it had written the text itself, as long as the prompt is all text and nothing but the
 * answer follows it. So there are no images, tools or forms, and no reasoning: its end would not be recognised in a raw answer.
 *
 * <p>One call's own, and not thread-safe.
 */
final class OllamaResumption {

    static final String PATH = "/api/generate";

    /** After a prompt with one of these ends, a model would not go on with its answer, but begin to reason or to name a channel. */
    private static final List<String> OPENINGS = List.of(
            "<think>",
            "<thinking>",
            "<thought>",
            "<reasoning>",
            "<|think|>",
            "[think]",
            "<|start|>assistant",
            "<|channel|>");

    private final String textSoFar;

    /** Spaces at the end of the text so far, which the model is left to say once more. */
    private String repeated;

    private boolean rendered;

    OllamaResumption(String textSoFar) {
        this.textSoFar = textSoFar;
        int end = textSoFar.length();
        while (end > 0 && textSoFar.charAt(end - 1) == ' ') {
            end--;
        }
        this.repeated = textSoFar.substring(end);
    }

    /** Why the server need not be asked at all, in words; null when it may be. */
    @Nullable
    String obstacle(LlmRequest request) {
        if (!request.tools().isEmpty() || !(request.format() instanceof OutputFormat.Plain)) {
            return "answers with tools or of a given form cannot be gone on with";
        }
        for (Message message : request.messages()) {
            if (!message.images().isEmpty()) {
                return "answers to images cannot be gone on with";
            }
        }
        if (request.thinking() != Thinking.DEFAULT && request.thinking() != Thinking.OFF) {
            return "answers after reasoning cannot be gone on with";
        }
        boolean torn = !textSoFar.isEmpty() && Character.isHighSurrogate(textSoFar.charAt(textSoFar.length() - 1));
        return torn ? "the text so far ends in the middle of a character" : null;
    }

    /** The same once the models are known; null when the server may be asked. */
    static @Nullable String obstacle(LlmRequest request, String model, List<OllamaCatalog.Listed> models) {
        String name = OllamaNames.canonical(model);
        for (OllamaCatalog.Listed listed : models) {
            boolean same = OllamaNames.canonical(listed.info().name()).equals(name);
            if (same
                    && request.thinking() != Thinking.OFF
                    && listed.info().capabilities().contains("thinking")) {
                return "answers of a model that may reason cannot be gone on with; switch thinking off";
            }
        }
        return null;
    }

    /** The failure of a call that begins again elsewhere, or here, in its usual way. */
    static LlmException refusal(OllamaErrors errors, String why) {
        return errors.of(Kind.REJECTED, "cannot go on with an answer: " + why).build();
    }

    /** Whether the server has said how it puts the prompt. */
    boolean isRendered() {
        return rendered;
    }

    /**
     * The prompt to complete.
     *
     * @param line the server's only line, in which a server that does not know what it was asked begins to answer instead
     */
    String prompt(OllamaLine line, OllamaErrors errors) {
        String prompt = line.rendered;
        if (prompt == null) {
            throw refusal(errors, "it does not tell how it puts a prompt; a newer Ollama does");
        }
        String end = prompt.stripTrailing().toLowerCase(Locale.ROOT);
        for (String opening : OPENINGS) {
            if (end.endsWith(opening)) {
                throw refusal(errors, "its model reasons before it answers");
            }
        }
        rendered = true;
        // a space belongs to the word behind it: after one of its own, a model says what never follows in its texts
        return prompt + textSoFar.substring(0, textSoFar.length() - repeated.length());
    }

    /** What of a piece is new to the caller; may be empty. */
    String unsaid(String piece) {
        int at = 0;
        while (at < piece.length() && at < repeated.length() && piece.charAt(at) == ' ') {
            at++;
        }
        if (!piece.isEmpty()) {
            repeated = at == piece.length() ? repeated.substring(at) : "";
        }
        return piece.substring(at);
    }
}
