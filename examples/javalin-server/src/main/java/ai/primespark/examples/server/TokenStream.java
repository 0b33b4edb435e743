package ai.primespark.examples.server;

import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmEvent;
import io.javalin.http.Context;
import java.io.IOException;
import java.time.Duration;
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

    private final Teller teller;
    private volatile Flow.@Nullable Subscription subscription;

    private TokenStream(Teller teller) {
        this.teller = teller;
    }

    /** Puts events into words. */
    interface Teller {

        void tell(LlmEvent event) throws IOException;

        /** Nothing has come for a while. */
        void waiting() throws IOException;

        /** The last word; before the first one a failure is thrown, to be an answer of its own. */
        void fail(Throwable failure) throws IOException;
    }

    static void answer(Context ctx, LlmCall call, Duration heartbeat) {
        answer(ctx, call, heartbeat, new OwnWords(new Sse(ctx)));
    }

    static void answer(Context ctx, LlmCall call, Duration heartbeat, Teller teller) {
        try (call) {
            TokenStream stream = new TokenStream(teller);
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
                teller.waiting();
            } else if (signal instanceof Throwable failure) {
                teller.fail(failure);
                return;
            } else if (signal instanceof LlmEvent event) {
                teller.tell(event);
                if (event instanceof LlmEvent.Done) {
                    return;
                }
                ask(1);
            }
        }
    }

    /** The words of this API: pieces of text without a name, everything else by its name. */
    private record OwnWords(Sse sse) implements Teller {

        @Override
        public void tell(LlmEvent event) throws IOException {
            if (event instanceof LlmEvent.Text text) {
                sse.data(text);
            } else if (event instanceof LlmEvent.Done done) {
                sse.event("done", LlmViews.Answer.facts(done.response()));
            } else if (event instanceof LlmEvent.ToolCall call) {
                sse.event("tool_call", ChatViews.Call.of(call.invocation()));
            } else { // Routed is "routed", FailedOver is "failed_over", and so on
                sse.event(Sse.name(event.getClass()), event);
            }
        }

        @Override
        public void waiting() throws IOException {
            sse.comment("still waiting");
        }

        @Override
        public void fail(Throwable failure) throws IOException {
            sse.fail(failure);
        }
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
