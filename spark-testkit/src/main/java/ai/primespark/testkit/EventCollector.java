package ai.primespark.testkit;

import ai.primespark.llm.LlmEvent;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicLong;

/** A subscriber that asks for so many events at a time and keeps everything that it is told. */
final class EventCollector implements Flow.Subscriber<LlmEvent> {

    final List<LlmEvent> events = new CopyOnWriteArrayList<>();

    /** Completed by onComplete with the events, failed by onError. */
    final CompletableFuture<List<LlmEvent>> end = new CompletableFuture<>();

    /** Completed by the first piece of text. */
    final CompletableFuture<Flow.Subscription> firstText = new CompletableFuture<>();

    private final long atOnce;
    private final AtomicLong left = new AtomicLong();
    private volatile Flow.Subscription subscription = new NoSubscription();

    EventCollector(long atOnce) {
        this.atOnce = atOnce;
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
        subscription = given;
        left.set(atOnce);
        given.request(atOnce);
    }

    @Override
    public void onNext(LlmEvent event) {
        if (end.isDone()) {
            end.obtrudeException(new AssertionError("an event came after the end"));
            return;
        }
        events.add(event);
        if (event instanceof LlmEvent.Text) {
            firstText.complete(subscription);
        }
        if (left.decrementAndGet() == 0) {
            left.set(atOnce);
            subscription.request(atOnce);
        }
    }

    @Override
    public void onError(Throwable failure) {
        if (!end.completeExceptionally(failure)) {
            end.obtrudeException(new AssertionError("a second end came: " + failure.getClass()));
        }
        firstText.completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
        if (!end.complete(events)) {
            end.obtrudeException(new AssertionError("a second end came"));
        }
        firstText.completeExceptionally(new AssertionError("the call ended without text"));
    }

    private static final class NoSubscription implements Flow.Subscription {
        @Override
        public void request(long n) {
            throw new AssertionError("an event came before onSubscribe");
        }

        @Override
        public void cancel() {
            throw new AssertionError("cancelled before onSubscribe");
        }
    }
}
