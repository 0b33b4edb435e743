package ai.primespark.benchmarks.llm;

import io.netty.handler.timeout.ReadTimeoutHandler;
import java.net.http.HttpClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.ollama.OllamaChatModel;
import org.springframework.ai.ollama.api.OllamaApi;
import org.springframework.ai.ollama.api.OllamaChatOptions;
import org.springframework.ai.tool.function.FunctionToolCallback;
import org.springframework.core.retry.RetryPolicy;
import org.springframework.core.retry.RetryTemplate;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.http.client.reactive.JdkClientHttpConnector;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.core.Disposable;

/** Spring AI: {@code call} over RestClient, {@code stream} over WebClient with either of two connectors. It has no router. */
final class SpringClient implements Client {

    /** Instead of 256 KiB. */
    private static final int LONGEST_LINE = 8 * 1024 * 1024;

    private final OllamaChatModel model;
    private final int tokens;
    private final boolean streaming;

    private SpringClient(Place place, boolean streaming, ClientHttpConnector connector) {
        this.streaming = streaming;
        this.tokens = place.outputChars() / 4;
        JdkClientHttpRequestFactory requests = new JdkClientHttpRequestFactory(jdk(place));
        requests.setReadTimeout(place.patience());
        this.model = OllamaChatModel.builder()
                .ollamaApi(OllamaApi.builder()
                        .baseUrl(place.first().toString())
                        .restClientBuilder(RestClient.builder().requestFactory(requests))
                        .webClientBuilder(WebClient.builder()
                                .clientConnector(connector)
                                .codecs(codecs -> codecs.defaultCodecs().maxInMemorySize(LONGEST_LINE)))
                        .build())
                .options(OllamaChatOptions.builder().model("m").build())
                .retryTemplate(
                        new RetryTemplate(RetryPolicy.builder().maxRetries(0).build()))
                .build();
    }

    /** Without the attempt to upgrade to HTTP/2 that the JDK's client makes on its own, which Ollama does not know. */
    private static HttpClient jdk(Place place) {
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(place.patience())
                .build();
    }

    private static ClientHttpConnector overJdk(Place place) {
        JdkClientHttpConnector connector = new JdkClientHttpConnector(jdk(place));
        connector.setReadTimeout(place.patience());
        return connector;
    }

    /** With both of the timeouts that Spring's documentation names. */
    private static ClientHttpConnector overNetty(Place place) {
        return new ReactorClientHttpConnector(reactor.netty.http.client.HttpClient.create()
                .responseTimeout(place.patience())
                .doOnConnected(connection -> connection.addHandlerLast(
                        new ReadTimeoutHandler(place.patience().toMillis(), TimeUnit.MILLISECONDS))));
    }

    private Prompt prompt(Question question) {
        OllamaChatOptions.Builder options = OllamaChatOptions.builder();
        options.model(question.model());
        options.numPredict(tokens);
        if (question.withTool()) {
            options.toolCallbacks(FunctionToolCallback.builder("clock", (Moment moment) -> "noon")
                    .description("Tells the time.")
                    .inputType(Moment.class)
                    .build());
        }
        return new Prompt(new UserMessage(question.prompt()), options.build());
    }

    /** The parameters of the tool. */
    record Moment(String zone) {}

    @Override
    public Answer await(Question question, Consumer<String> pieces) throws Exception {
        if (streaming) {
            return Client.super.await(question, pieces);
        }
        Collected all = new Collected();
        String unused = all.add(model.call(prompt(question)));
        return all.answer();
    }

    @Override
    public Asked ask(Question question, Listener listener) {
        return streaming ? stream(question, listener) : Client.onThread(listener, () -> await(question, text -> {}));
    }

    private Asked stream(Question question, Listener listener) {
        Collected all = new Collected();
        Disposable running;
        try {
            running = model.stream(prompt(question))
                    .subscribe(
                            piece -> {
                                String text = all.add(piece);
                                if (!text.isEmpty()) {
                                    listener.piece(text);
                                }
                            },
                            listener::failed,
                            () -> listener.answered(all.answer()));
        } catch (RuntimeException e) {
            listener.failed(e);
            return () -> false;
        }
        return () -> {
            running.dispose();
            return true;
        };
    }

    /** Collects an answer's pieces. */
    private static final class Collected {

        private final StringBuilder text = new StringBuilder();
        private final List<String> tools = new ArrayList<>();
        private String finish = "";

        String add(ChatResponse piece) {
            AssistantMessage message = piece.getResult().getOutput();
            String added = message.getText() == null ? "" : message.getText();
            text.append(added);
            message.getToolCalls().forEach(call -> tools.add(call.name()));
            String reason = piece.getResult().getMetadata().getFinishReason();
            if (reason != null && !reason.isEmpty()) {
                finish = reason.toLowerCase(Locale.ROOT);
            }
            return added;
        }

        Answer answer() {
            return new Answer(text.toString(), finish, List.copyOf(tools));
        }
    }

    @Override
    public void close() {} // has nothing that can be closed

    /** All ways. */
    static List<Contender> contenders() {
        return List.of(
                new Contender(
                        "Spring AI",
                        "Spring AI, JDK connector",
                        true,
                        place -> new SpringClient(place, true, overJdk(place))),
                new Contender(
                        "Spring AI",
                        "Spring AI, Netty",
                        true,
                        place -> new SpringClient(place, true, overNetty(place))),
                new Contender(
                        "Spring AI", "Spring AI", false, place -> new SpringClient(place, false, overJdk(place))));
    }
}
