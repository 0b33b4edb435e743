package ai.primespark.examples.server;

import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmEvent;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One call as Server-Sent Events. The request's own thread writes; a few events at most wait for it, so a slow client slows the
 * backend down. A client that leaves is noticed by the next write, at the latest the next heartbeat, and the call is closed.
 */
final class TokenStream implements Flow.Subscriber<LlmEvent> {

    private static final int WINDOW = 16;

    /** Holds at most {@link #WINDOW} events, because no more are asked for, and the failure. */
    private final BlockingQueue<Object> signals = new LinkedBlockingQueue<>();

    private final Context ctx;
    private volatile Flow.@Nullable Subscription subscription;
    private boolean begun;

    private TokenStream(Context ctx) {
        this.ctx = ctx;
    }

    static void answer(Context ctx, LlmCall call, Duration heartbeat) {
        try (call) {
            TokenStream stream = new TokenStream(ctx);
            call.subscribe(stream);
            stream.write(heartbeat);
        } catch (IOException e) {
            ctx.skipRemainingHandlers(); // the client has left; closing the call tells the backend
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void write(Duration heartbeat) throws IOException, InterruptedException {
        while (true) {
            Object signal = signals.poll(heartbeat.toMillis(), TimeUnit.MILLISECONDS);
            if (signal == null) {
                send(": still waiting\n\n");
            } else if (signal instanceof Throwable failure) {
                fail(Problems.of(failure, ctx));
                return;
            } else if (signal instanceof LlmEvent event) {
                send(event);
                if (event instanceof LlmEvent.Done) {
                    return;
                }
                ask(1);
            }
        }
    }

    private void send(LlmEvent event) throws IOException {
        if (event instanceof LlmEvent.Text text) {
            send("data: " + Json.text(text) + "\n\n");
        } else if (event instanceof LlmEvent.Done done) {
            send("done", LlmViews.facts(done.response()));
        } else { // Routed is "routed", FailedOver is "failed_over", and so on
            String name = event.getClass().getSimpleName();
            send(name.replaceAll("(?<=[a-z])(?=[A-Z])", "_").toLowerCase(Locale.ROOT), event);
        }
    }

    /** Before the first event a failure is an answer of its own; afterwards the status is out, and it is the last event. */
    private void fail(Problem problem) throws IOException {
        if (!begun) {
            throw problem;
        }
        send("error", problem.body(ctx));
    }

    /** JSON has no raw line breaks, so one {@code data} line always does. */
    private void send(String name, Object data) throws IOException {
        send("event: " + name + "\ndata: " + Json.text(data) + "\n\n");
    }

    private void send(String frame) throws IOException {
        if (!begun) {
            begun = true;
            ctx.status(HttpStatus.OK).contentType("text/event-stream; charset=utf-8");
            ctx.header("Cache-Control", "no-cache").header("X-Accel-Buffering", "no");
        }
        OutputStream out = ctx.res().getOutputStream();
        out.write(frame.getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    private void ask(int events) {
        Flow.Subscription current = subscription;
        if (current != null) {
            current.request(events);
        }
    }

    @Override
    public void onSubscribe(Flow.Subscription newSubscription) {
        subscription = newSubscription;
        ask(WINDOW);
    }

    @Override
    public void onNext(LlmEvent event) {
        signals.add(event);
    }

    @Override
    public void onError(Throwable failure) {
        signals.add(failure);
    }

    @Override
    public void onComplete() {
        // Done came before
    }
}
