package ai.primespark.benchmarks.llm;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.function.Consumer;

/** The least there is: the JDK's client and one Jackson parser over the body. No limits, no errors, no metrics. */
final class RawClient implements Client {

    private static final JsonFactory JSON = new JsonFactory();

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final URI chat;
    private final boolean lines;

    RawClient(Place place, boolean lines) {
        this.chat = place.first().resolve("/api/chat");
        this.lines = lines;
    }

    @Override
    public Answer await(Question question, Consumer<String> pieces) throws IOException, InterruptedException {
        String body = "{\"model\":\"" + question.model() + "\",\"messages\":[{\"role\":\"user\",\"content\":\""
                + question.prompt() + "\"}],\"stream\":" + lines + "}";
        HttpRequest request = HttpRequest.newBuilder(chat)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        StringBuilder text = new StringBuilder();
        try (InputStream in = http.send(request, HttpResponse.BodyHandlers.ofInputStream())
                        .body();
                JsonParser parser = JSON.createParser(in)) {
            boolean done = false;
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token == JsonToken.FIELD_NAME) {
                    switch (parser.currentName()) {
                        case "content" -> {
                            String piece = parser.nextTextValue();
                            text.append(piece);
                            pieces.accept(piece);
                        }
                        case "done" -> done |= parser.nextToken() == JsonToken.VALUE_TRUE;
                        default -> {}
                    }
                }
            }
            return new Answer(text.toString(), done ? "stop" : "", List.of());
        }
    }

    @Override
    public Asked ask(Question question, Listener listener) {
        return Client.onThread(listener, () -> await(question, listener::piece));
    }

    @Override
    public void close() {}
}
