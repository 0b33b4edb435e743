package ai.primespark.benchmarks.llm;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.http.client.jdk.JdkHttpClient;
import dev.langchain4j.http.client.jdk.JdkHttpClientBuilder;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.chat.response.StreamingHandle;
import dev.langchain4j.model.ollama.OllamaChatModel;
import dev.langchain4j.model.ollama.OllamaStreamingChatModel;
import dev.langchain4j.model.router.FailoverStrategy;
import dev.langchain4j.model.router.ModelRouter;
import java.net.URI;
import java.net.http.HttpClient;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/** LangChain4j with its JDK connector; where there is a second server, its community router over two models. */
final class LangChainClient {

    private static final String NO_MODEL = "m"; // a request's own model counts

    private LangChainClient() {}

    private static ChatRequest request(Client.Question question) {
        ChatRequest.Builder request = ChatRequest.builder()
                .messages(UserMessage.from(question.prompt()))
                .modelName(question.model());
        if (question.withTool()) {
            request.toolSpecifications(ToolSpecification.builder()
                    .name("clock")
                    .description("Tells the time.")
                    .build());
        }
        return request.build();
    }

    /** Without the attempt to upgrade to HTTP/2 that the JDK's client makes on its own, which Ollama does not know. */
    private static JdkHttpClientBuilder http() {
        return JdkHttpClient.builder().httpClientBuilder(HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1));
    }

    private static Client.Answer answer(ChatResponse response) {
        String text = response.aiMessage().text();
        return new Client.Answer(
                text == null ? "" : text,
                response.finishReason() == null
                        ? ""
                        : response.finishReason().name().toLowerCase(Locale.ROOT),
                response.aiMessage().toolExecutionRequests().stream()
                        .map(ToolExecutionRequest::name)
                        .toList());
    }

    /** {@code ChatModel.chat}. */
    static final class Blocking implements Client {

        private final ChatModel model;

        Blocking(Place place) {
            ChatModel first = model(place, place.first());
            this.model = place.second() == null
                    ? first
                    : ModelRouter.builder()
                            .addRoutes(first, model(place, place.second()))
                            .routingStrategy(new FailoverStrategy())
                            .build();
        }

        private static ChatModel model(Place place, URI server) {
            return OllamaChatModel.builder()
                    .baseUrl(server.toString())
                    .modelName(NO_MODEL)
                    .httpClientBuilder(http())
                    .timeout(place.patience())
                    .maxRetries(0)
                    .numPredict(place.outputChars() / 4)
                    .returnThinking(true)
                    .build();
        }

        @Override
        public Answer await(Question question, Consumer<String> pieces) {
            return answer(model.chat(request(question)));
        }

        @Override
        public Asked ask(Question question, Listener listener) {
            return Client.onThread(listener, () -> await(question, text -> {}));
        }

        @Override
        public void close() {} // has nothing that can be closed
    }

    /** {@code StreamingChatModel.chat} with a handler. Its handle for cancelling comes with the first piece, not before. */
    static final class Streaming implements Client {

        private final StreamingChatModel model;

        Streaming(Place place) {
            StreamingChatModel first = model(place, place.first());
            this.model = place.second() == null
                    ? first
                    : ModelRouter.builder() // refuses a second route that streams, so the backup is the default
                            .addRoutes(first)
                            .defaultRoute(model(place, place.second()))
                            .routingStrategy(new FailoverStrategy())
                            .build();
        }

        private static StreamingChatModel model(Place place, URI server) {
            return OllamaStreamingChatModel.builder()
                    .baseUrl(server.toString())
                    .modelName(NO_MODEL)
                    .httpClientBuilder(http())
                    .timeout(place.patience())
                    .numPredict(place.outputChars() / 4)
                    .returnThinking(true)
                    .build();
        }

        @Override
        public Asked ask(Question question, Listener listener) {
            AtomicReference<StreamingHandle> handle = new AtomicReference<>();
            StreamingChatResponseHandler handler = new StreamingChatResponseHandler() {

                @Override
                public void onPartialResponse(PartialResponse piece, PartialResponseContext context) {
                    handle.set(context.streamingHandle());
                    listener.piece(piece.text());
                }

                @Override
                public void onCompleteResponse(ChatResponse response) {
                    listener.answered(answer(response));
                }

                @Override
                public void onError(Throwable failure) {
                    listener.failed(failure);
                }
            };
            try {
                model.chat(request(question), handler);
            } catch (RuntimeException e) {
                listener.failed(e);
            }
            return () -> {
                if (handle.get() == null) {
                    return false;
                }
                Objects.requireNonNull(handle.get()).cancel();
                return true;
            };
        }

        @Override
        public void close() {} // has nothing that can be closed
    }

    /** Both ways. */
    static List<Contender> contenders() {
        return List.of(
                new Contender("LangChain4j", "LangChain4j", true, Streaming::new),
                new Contender("LangChain4j", "LangChain4j", false, Blocking::new));
    }
}
