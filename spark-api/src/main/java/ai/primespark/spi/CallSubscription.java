package ai.primespark.spi;

import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmException;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/** Delivers a call's events as a subscriber asks for them. Signals are serial, as Reactive Streams rule 1.3 demands. */
final class CallSubscription implements Flow.Subscription {

    private final AbstractLlmCall call;
    private final Flow.Subscriber<? super LlmEvent> subscriber;
    private final Executor executor;
    private final AtomicLong demand = new AtomicLong();
    private final AtomicBoolean pumping = new AtomicBoolean();
    private volatile boolean ended;
    private volatile boolean badRequest;

    CallSubscription(AbstractLlmCall call, Flow.Subscriber<? super LlmEvent> subscriber, Executor executor) {
        this.call = call;
        this.subscriber = subscriber;
        this.executor = executor;
    }

    void begin(boolean first) {
        if (!first) {
            ended = true;
        }
        pumping.set(true); // rule 1.3: no other signal before onSubscribe has returned
        subscriber.onSubscribe(this);
        leave();
        if (!first) {
            subscriber.onError(new IllegalStateException("a call has one subscriber, and it has one already"));
        }
    }

    @Override
    public void request(long n) {
        if (ended) {
            return;
        }
        if (n <= 0) {
            badRequest = true; // rule 3.9: signalled as an error, by the pump so that signals stay serial
            demand.set(Long.MAX_VALUE);
        } else {
            demand.accumulateAndGet(n, (a, b) -> a + b < 0 ? Long.MAX_VALUE : a + b);
        }
        pump();
    }

    @Override
    public void cancel() {
        if (!ended) { // a subscriber that was refused must not end the call of another one
            ended = true;
            call.close();
        }
    }

    private void pump() {
        if (pumping.compareAndSet(false, true)) {
            try {
                executor.execute(this::run);
            } catch (RejectedExecutionException e) {
                ended = true;
                subscriber.onError(call.noThread(e));
            }
        }
    }

    private void run() {
        try {
            while (!ended && demand.get() > 0) {
                if (badRequest) {
                    ended = true;
                    call.close();
                    subscriber.onError(new IllegalArgumentException("request(n) needs a positive n"));
                    return;
                }
                demand.decrementAndGet();
                deliver();
            }
        } finally {
            leave();
        }
    }

    private void leave() {
        pumping.set(false);
        if (!ended && demand.get() > 0) { // asked for more while we were leaving
            pump();
        }
    }

    private void deliver() {
        LlmEvent event;
        try {
            event = call.advance();
        } catch (LlmException e) {
            if (!ended) {
                ended = true;
                subscriber.onError(e);
            }
            return;
        }
        if (ended) {
            return;
        }
        if (event != null) {
            try {
                subscriber.onNext(event);
            } catch (RuntimeException | Error e) { // rule 2.13: counts as cancelled
                cancel();
                throw e;
            }
        }
        if (event == null || event instanceof LlmEvent.Done) {
            ended = true;
            subscriber.onComplete();
        }
    }
}
