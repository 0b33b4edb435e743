package ai.primespark.benchmarks.llm;

import io.github.ollama4j.Ollama;
import io.github.ollama4j.exceptions.OllamaException;
import io.github.ollama4j.models.chat.OllamaChatMessage;
import io.github.ollama4j.models.chat.OllamaChatMessageRole;
import io.github.ollama4j.models.chat.OllamaChatRequest;
import io.github.ollama4j.models.chat.OllamaChatResponseModel;
import io.github.ollama4j.utils.OptionsBuilder;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/** Ollama4j: {@code chat}, with a handler for tokens or without. It has no router, and both ways wait on the caller's thread. */
final class Ollama4jClient implements Client {

    private final Ollama ollama;
    private final int tokens;
    private final boolean streaming;

    Ollama4jClient(Place place, boolean streaming) {
        this.streaming = streaming;
        this.tokens = place.outputChars() / 4;
        this.ollama = new Ollama(place.first().toString());
        ollama.setRequestTimeoutSeconds(Math.max(1, place.patience().toSeconds()));
        ollama.setMaxChatToolCallRetries(0); // gives the tool calls instead of answering them itself
        ollama.setMetricsEnabled(false);
    }

    @Override
    public Answer await(Question question, Consumer<String> pieces) throws OllamaException {
        OllamaChatRequest request = OllamaChatRequest.builder()
                .withModel(question.model())
                .withMessage(OllamaChatMessageRole.USER, question.prompt())
                .withUseTools(false)
                .withOptions(new OptionsBuilder().setNumPredict(tokens).build())
                .build();
        OllamaChatResponseModel answer = ollama.chat(
                        request,
                        streaming
                                ? piece -> {
                                    String text = text(piece);
                                    if (!text.isEmpty()) {
                                        pieces.accept(text);
                                    }
                                }
                                : null)
                .getResponseModel();
        String reason = answer.getDoneReason();
        return new Answer(text(answer), reason == null ? "" : reason.toLowerCase(Locale.ROOT), tools(answer));
    }

    @Override
    public Asked ask(Question question, Listener listener) {
        return Client.onThread(listener, () -> await(question, listener::piece));
    }

    private static String text(OllamaChatResponseModel piece) {
        String text = piece.getMessage().getResponse();
        return text == null ? "" : text;
    }

    private static List<String> tools(OllamaChatResponseModel answer) {
        OllamaChatMessage message = answer.getMessage();
        return message.getToolCalls() == null
                ? List.of()
                : message.getToolCalls().stream()
                        .map(call -> call.getFunction().getName())
                        .toList();
    }

    @Override
    public void close() {} // has nothing that can be closed
}
