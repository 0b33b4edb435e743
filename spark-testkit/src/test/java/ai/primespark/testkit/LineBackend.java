package ai.primespark.testkit;

import ai.primespark.Zone;
import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.Message;
import ai.primespark.spi.BackendInfo;
import ai.primespark.spi.BackendStatus;
import ai.primespark.spi.CallLimits;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.LlmBackend;
import ai.primespark.spi.ProviderContext;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A small HTTP backend for {@link LineWire}, right unless it is given faults; shows that the HTTP contract can be kept. */
final class LineBackend implements LlmBackend {

    /** What can be wrong with it. */
    enum Fault {
        /** Takes the end of the stream for the end of the answer. */
        END_IS_DONE,
        /** Does not close its connection when a call ends. */
        KEEPS_CONNECTION,
        /** Reads lines of any length. */
        ENDLESS_LINES,
        /** Decodes each read by itself, which tears characters apart. */
        TEARS_CHARACTERS,
        /** Repeats malformed lines in messages. */
        QUOTES_LINES,
        /** Tries a second time when the server fails. */
        RETRIES,
        /** Waits for the server before the call is given to the caller. */
        WAITS_IN_OPEN,
        /** Counts the time until the first byte as silence between tokens. */
        ONE_LIMIT_FOR_ALL,
        /** Delivers an answer in a foreign encoding as it came. */
        DELIVERS_ANY_ENCODING
    }

    final ProviderContext context;
    final Set<Fault> faults;
    private final BackendInfo info;
    private final Set<LineCall> running = ConcurrentHashMap.newKeySet();
    private volatile @Nullable HttpClient client;

    LineBackend(ProviderContext context, Set<Fault> faults) {
        this.context = context;
        this.faults = faults;
        String address = context.settings().get(LineBackendProvider.URL).toString();
        this.info = new BackendInfo(context.id(), "testkit-lines", Zone.EDGE, address, false);
    }

    @Override
    public void start() {
        client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofSeconds(5))
                .executor(context.blocking())
                .build();
    }

    @Override
    public BackendInfo info() {
        return info;
    }

    @Override
    public CompletionStage<BackendStatus> status(Deadline deadline) {
        HttpClient open = client;
        if (open == null) {
            return CompletableFuture.failedFuture(
                    LlmException.builder(Kind.UNREACHABLE, info.id(), "the backend is closed")
                            .build());
        }
        HttpRequest request = request("/version", deadline.remaining()).GET().build();
        return open.sendAsync(request, HttpResponse.BodyHandlers.ofString()).handle((response, failure) -> {
            if (failure != null) {
                throw new CompletionException(classify(failure).build());
            }
            return new BackendStatus(response.body(), List.of());
        });
    }

    @Override
    public LlmCall open(LlmRequest request, CallLimits limits) {
        CallLimits held = faults.contains(Fault.ONE_LIMIT_FOR_ALL)
                ? new CallLimits(
                        limits.connect(),
                        shorter(limits.firstByte(), limits.idle()),
                        shorter(limits.firstToken(), limits.idle()),
                        limits.idle(),
                        limits.total(),
                        limits.outputChars())
                : limits;
        LineCall call = new LineCall(this, request, held);
        running.add(call);
        if (faults.contains(Fault.WAITS_IN_OPEN)) {
            call.waitForServer();
        }
        return call;
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    CompletableFuture<HttpResponse<java.io.InputStream>> send(LlmRequest request) {
        HttpClient open = client;
        if (open == null) {
            throw LlmException.builder(Kind.UNREACHABLE, info.id(), "the backend is closed")
                    .build();
        }
        String body = request.messages().stream().map(Message::content).collect(Collectors.joining("\n"));
        return open.sendAsync(
                request("/generate", Duration.ofMinutes(5))
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofInputStream());
    }

    void ended(LineCall call) {
        running.remove(call);
    }

    private HttpRequest.Builder request(String path, Duration timeout) {
        URI base = context.settings().get(LineBackendProvider.URL);
        HttpRequest.Builder builder = HttpRequest.newBuilder(base.resolve(path)).timeout(timeout.plusMillis(1));
        context.settings()
                .find(LineBackendProvider.TOKEN)
                .ifPresent(token -> builder.header("Authorization", "Bearer " + token.reveal()));
        return builder;
    }

    LlmException.Builder classify(Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        Kind kind = cause instanceof ConnectException
                ? Kind.UNREACHABLE
                : cause instanceof IOException ? Kind.RESET : Kind.PROTOCOL;
        return LlmException.builder(kind, info.id(), "the server at " + info.endpoint() + " does not answer")
                .cause(Objects.requireNonNull(cause));
    }

    @Override
    public void close() {
        client = null;
        running.forEach(LlmCall::close);
    }
}
