package ai.primespark.testkit;

import ai.primespark.llm.FinishReason;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.Timings;
import ai.primespark.llm.ToolInvocation;
import ai.primespark.llm.Usage;
import ai.primespark.spi.AbstractLlmCall;
import ai.primespark.spi.CallLimits;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** One call of a {@link LineBackend}. */
final class LineCall extends AbstractLlmCall {

    private static final int LONGEST_LINE = 8 * 1024 * 1024;

    private final LineBackend backend;
    private final LlmRequest request;
    private volatile boolean aborted;
    private boolean foreign; // in an encoding that was not asked for
    private boolean ended;
    private volatile @Nullable CompletableFuture<HttpResponse<InputStream>> sent;
    private volatile @Nullable InputStream body;

    LineCall(LineBackend backend, LlmRequest request, CallLimits limits) {
        super(backend.info(), limits, backend.context.scheduler(), backend.context.blocking());
        this.backend = backend;
        this.request = request;
    }

    @Override
    protected LlmEvent pull() throws IOException, InterruptedException {
        InputStream in = body;
        if (in == null) {
            in = connect();
            body = in;
            if (aborted) {
                in.close();
            }
        }
        String line = ended ? null : line(in);
        if (line == null) {
            if (ended || backend.faults.contains(LineBackend.Fault.END_IS_DONE)) {
                return done(FinishReason.STOP, "lines", Usage.NONE, Timings.NONE, List.of());
            }
            throw failure(Kind.TRUNCATED, "the answer ended without its last line")
                    .build();
        }
        return event(line);
    }

    /** What a call should not do before somebody waits for its events. */
    void waitForServer() {
        try {
            body = connect();
        } catch (IOException | InterruptedException e) {
            throw failure(Kind.RESET, "the server did not answer").cause(e).build();
        }
    }

    private LlmEvent event(String line) {
        if (foreign && backend.faults.contains(LineBackend.Fault.DELIVERS_ANY_ENCODING)) {
            foreign = false;
            ended = true;
            return new LlmEvent.Text(line);
        }
        String rest = line.length() < 2 ? "" : LineWire.unescape(line.substring(2));
        return switch (line.isEmpty() ? ' ' : line.charAt(0)) {
            case 'T' -> new LlmEvent.Text(rest);
            case 'H' -> new LlmEvent.Thinking(rest);
            case 'C' -> {
                String[] parts = rest.split(" ", 2);
                yield new LlmEvent.ToolCall(new ToolInvocation("", parts[0], parts[1]));
            }
            case 'D' -> done(FinishReason.valueOf(rest), "lines", Usage.NONE, Timings.NONE, List.of());
            case 'E' ->
                throw failure(Kind.SERVER_ERROR, "the server reported a failure")
                        .build();
            default -> {
                boolean quotes = backend.faults.contains(LineBackend.Fault.QUOTES_LINES);
                throw failure(Kind.PROTOCOL, "the server sent a line of no known kind" + (quotes ? ": " + line : ""))
                        .build();
            }
        };
    }

    private InputStream connect() throws IOException, InterruptedException {
        HttpResponse<InputStream> response = send();
        if (response.statusCode() >= 500 && backend.faults.contains(LineBackend.Fault.RETRIES)) {
            response = send();
        }
        if (response.statusCode() == 200) {
            foreign = response.headers().firstValue("Content-Encoding").isPresent();
            return response.body();
        }
        response.body().close();
        LlmException.Builder failure =
                failure(kind(response.statusCode()), "the server answered with status " + response.statusCode());
        response.headers().firstValueAsLong("Retry-After").ifPresent(s -> failure.retryAfter(Duration.ofSeconds(s)));
        throw failure.build();
    }

    private HttpResponse<InputStream> send() throws InterruptedException {
        CompletableFuture<HttpResponse<InputStream>> future = backend.send(request);
        sent = future;
        if (aborted) {
            future.cancel(true);
        }
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw backend.classify(e.getCause()).build();
        }
    }

    private static Kind kind(int status) {
        return switch (status) {
            case 401, 403 -> Kind.UNAUTHORIZED;
            case 404 -> Kind.MODEL_NOT_FOUND;
            case 429, 503 -> Kind.OVERLOADED;
            default -> status >= 500 ? Kind.SERVER_ERROR : Kind.REJECTED;
        };
    }

    private @Nullable String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        StringBuilder torn = new StringBuilder();
        int b = in.read();
        if (b < 0) {
            return null;
        }
        for (; b >= 0 && b != '\n'; b = in.read()) {
            line.write(b);
            torn.append(new String(new byte[] {(byte) b}, StandardCharsets.UTF_8));
            if (line.size() > LONGEST_LINE && !backend.faults.contains(LineBackend.Fault.ENDLESS_LINES)) {
                throw failure(Kind.PROTOCOL, "the server sent a line of more than " + LONGEST_LINE + " bytes")
                        .build();
            }
        }
        if (b < 0 && !(foreign && backend.faults.contains(LineBackend.Fault.DELIVERS_ANY_ENCODING))) {
            throw failure(Kind.TRUNCATED, "the answer ended within a line").build();
        }
        return backend.faults.contains(LineBackend.Fault.TEARS_CHARACTERS)
                ? torn.toString()
                : line.toString(StandardCharsets.UTF_8);
    }

    @Override
    protected void abort() {
        aborted = true;
        backend.ended(this);
        if (backend.faults.contains(LineBackend.Fault.KEEPS_CONNECTION)) {
            return;
        }
        CompletableFuture<HttpResponse<InputStream>> future = sent;
        if (future != null) {
            future.cancel(true);
        }
        InputStream in = body;
        if (in != null) {
            try {
                in.close();
            } catch (IOException e) {
                // the connection is gone either way
            }
        }
    }
}
