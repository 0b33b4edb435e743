package ai.primespark.spi.http;

import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.llm.ToolInvocation;
import ai.primespark.spi.AbstractLlmCall;
import ai.primespark.spi.BackendInfo;
import ai.primespark.spi.CallLimits;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The skeleton of an answer that streams over HTTP: waits for the headers, lets a subclass read line by line or event by event, and
 * gives the connection back or breaks it off. A subclass says what a body means.
 *
 * <p>All methods that a subclass implements are called by one thread at a time, the consumer's.
 */
public abstract class HttpLlmCall extends AbstractLlmCall {

    /** How long the end of a complete answer may take to arrive before its connection is given up. */
    private static final long RELEASE_SECONDS = 2;

    /** How much of the answer is remembered, so that an error that quotes it is not repeated. */
    private static final int MOST_REMEMBERED = 32 * 1024;

    /**
     * What every call of a backend needs.
     *
     * @param info the backend
     * @param path what calls are posted to, for messages
     * @param failures makes the backend's failures
     * @param work remembers the call until it ends
     * @param scheduler the engine's
     * @param executor the engine's, for blocking work
     */
    public record Setup(
            BackendInfo info,
            String path,
            HttpFailures failures,
            OpenWork work,
            ScheduledExecutorService scheduler,
            Executor executor) {}

    private final Setup setup;
    private final int mostChars;
    private final Deque<LlmEvent> ready = new ArrayDeque<>();
    private final StringBuilder said = new StringBuilder();
    private final Object exchange = new Object();
    private CompletableFuture<HttpResponse<BodyStream>> answer; // guarded by exchange
    private boolean aborted; // guarded by exchange
    private boolean begun;
    private long toolChars;
    private volatile boolean complete;

    /**
     * Makes a call whose request is on its way.
     *
     * @param setup the backend's parts
     * @param limits how long things may take
     * @param answer complete with the headers, from {@link HttpLink#stream}; cancelled when the call ends before
     */
    protected HttpLlmCall(Setup setup, CallLimits limits, CompletableFuture<HttpResponse<BodyStream>> answer) {
        super(setup.info(), limits, setup.scheduler(), setup.executor());
        this.setup = setup;
        this.mostChars = limits.outputChars();
        this.answer = answer;
    }

    /**
     * Looks at the headers and gets ready to read the body.
     *
     * @param response whatever its status
     * @return null when this is the answer to read; otherwise another request, to wait for in its place
     * @throws IOException when the connection broke
     * @throws InterruptedException when the waiting thread is interrupted
     * @throws LlmException when the server refuses
     */
    protected abstract @Nullable CompletableFuture<HttpResponse<BodyStream>> begin(HttpResponse<BodyStream> response)
            throws IOException, InterruptedException;

    /**
     * Reads one line or event of the body and says what it means, by {@link #text}, {@link #thinking}, {@link #toolCall} and
     * {@link #complete}. Need not say anything.
     *
     * @throws IOException when the connection broke
     * @throws InterruptedException when the waiting thread is interrupted
     * @throws WireException when the body is not what the protocol says, or ended before the answer was complete
     * @throws LlmException when the server reports a failure
     */
    protected abstract void readOn() throws IOException, InterruptedException, WireException;

    /**
     * Makes the last event of an answer that is complete, when all others have been delivered.
     *
     * @return made by {@link #done}
     * @throws LlmException when the answer turns out to be none
     */
    protected abstract LlmEvent.Done end();

    /**
     * Delivers a piece of the answer.
     *
     * @param piece passed over when empty
     */
    protected final void text(String piece) {
        if (!piece.isEmpty()) {
            ready.add(new LlmEvent.Text(piece));
            remember(piece);
        }
    }

    /**
     * Delivers a piece of reasoning.
     *
     * @param piece passed over when empty
     */
    protected final void thinking(String piece) {
        if (!piece.isEmpty()) {
            ready.add(new LlmEvent.Thinking(piece));
            remember(piece);
        }
    }

    /**
     * Delivers a tool call.
     *
     * @param invocation whole
     * @throws LlmException when there are more of them than an answer may be long
     */
    protected final void toolCall(ToolInvocation invocation) {
        ready.add(new LlmEvent.ToolCall(invocation));
        remember(invocation.argumentsJson());
        toolChars += invocation.name().length() + invocation.argumentsJson().length();
        checkToolChars(toolChars);
    }

    /**
     * Checks the length of tool calls of which only a part has arrived.
     *
     * @param chars how long they are in characters
     * @throws LlmException when they are longer than an answer may be
     */
    protected final void checkToolChars(long chars) {
        if (chars > mostChars) {
            throw failure(setup.failures().of(Kind.PROTOCOL, "asked for more tool calls than an answer may be long"));
        }
    }

    /** Says that everything that matters has been read. The connection is used again once its end has arrived. */
    protected final void complete() {
        complete = true;
    }

    /**
     * Whether nothing has been delivered or is ready to be.
     *
     * @return true while neither text nor reasoning nor arguments of a tool have been read
     */
    protected final boolean silent() {
        return said.isEmpty();
    }

    /**
     * What the server says in the middle of its answer, to be put into a message.
     *
     * @param words the server's
     * @param hidden texts that no message may repeat
     * @return as {@link HttpFailures#said} gives it; empty when the words repeat the answer, or that cannot be told any more
     */
    protected final String said(String words, Collection<String> hidden) {
        if (said.length() >= MOST_REMEMBERED) {
            return "";
        }
        List<String> all = new ArrayList<>(hidden);
        all.add(said.toString());
        return setup.failures().said(words, all);
    }

    /**
     * Finishes a failure.
     *
     * @param builder from {@link HttpFailures#of}
     * @return with what was delivered
     */
    protected final LlmException failure(LlmException.Builder builder) {
        return builder.delivered(textDelivered()).build();
    }

    @Override
    protected final LlmEvent pull() throws IOException, InterruptedException {
        try {
            while (!begun) {
                waitForHeaders();
            }
            while (ready.isEmpty() && !complete) {
                readOn();
            }
        } catch (WireException e) {
            throw failure(setup.failures().of(e.kind(), e.what()));
        } catch (HttpTimeoutException e) {
            throw failure(setup.failures().of(Kind.TIMEOUT, "fell silent in the middle of its answer"));
        }
        LlmEvent next = ready.poll();
        return next != null ? next : end();
    }

    private void waitForHeaders() throws IOException, InterruptedException {
        HttpResponse<BodyStream> response;
        try {
            response = current().get();
        } catch (ExecutionException | CancellationException e) {
            throw setup.failures().transport(e, setup.path());
        }
        alive();
        CompletableFuture<HttpResponse<BodyStream>> other = begin(response);
        begun = other == null;
        if (other != null) {
            response.body().close();
            replace(other);
        }
    }

    private CompletableFuture<HttpResponse<BodyStream>> current() {
        synchronized (exchange) {
            return answer;
        }
    }

    private void replace(CompletableFuture<HttpResponse<BodyStream>> other) {
        boolean late;
        synchronized (exchange) {
            answer = other;
            late = aborted;
        }
        if (late) {
            abort();
        }
    }

    private void remember(String piece) {
        int room = MOST_REMEMBERED - said.length();
        said.append(piece, 0, Math.min(room, piece.length()));
    }

    @Override
    protected final void abort() {
        setup.work().forget(this);
        CompletableFuture<HttpResponse<BodyStream>> ended;
        synchronized (exchange) {
            aborted = true;
            ended = answer;
        }
        if (ended.cancel(true) || ended.isCompletedExceptionally()) {
            return;
        }
        BodyStream body = ended.join().body();
        if (!complete) {
            body.close();
        } else if (body.release()) {
            closeSoon(body);
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // closing a body does not fail
    private void closeSoon(BodyStream body) {
        try {
            setup.scheduler().schedule(body::close, RELEASE_SECONDS, TimeUnit.SECONDS);
        } catch (RejectedExecutionException e) { // the engine is closing
            body.close();
        }
    }
}
