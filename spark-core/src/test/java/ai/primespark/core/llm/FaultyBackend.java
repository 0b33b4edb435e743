package ai.primespark.core.llm;

import ai.primespark.Zone;
import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmResponse;
import ai.primespark.spi.BackendInfo;
import ai.primespark.spi.BackendStatus;
import ai.primespark.spi.CallLimits;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.LlmBackend;
import java.util.Collections;
import java.util.Iterator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** A backend of somebody who has read no contract: its calls do not stand on the skeleton, and break its rules. */
final class FaultyBackend implements LlmBackend {

    enum Fault {
        THROWS_ON_OPEN(LlmException.Kind.PROTOCOL),
        THROWS_ON_READ(LlmException.Kind.PROTOCOL),
        LINKAGE(LlmException.Kind.PROTOCOL),
        ENDS_WITHOUT_DONE(LlmException.Kind.TRUNCATED),
        ENDLESS(LlmException.Kind.PROTOCOL);

        final LlmException.Kind kind;

        Fault(LlmException.Kind kind) {
            this.kind = kind;
        }
    }

    final AtomicInteger closedCalls = new AtomicInteger();
    volatile Fault fault = Fault.THROWS_ON_OPEN;

    /** How often it was asked for its status; while it is deaf, that never returns. */
    final AtomicInteger asked = new AtomicInteger();

    volatile boolean deaf;
    private final BackendInfo info;

    FaultyBackend(String id, Zone zone) {
        this.info = new BackendInfo(id, "faulty", zone, "", false);
    }

    @Override
    public BackendInfo info() {
        return info;
    }

    @Override
    public CompletionStage<BackendStatus> status(Deadline deadline) {
        asked.incrementAndGet();
        while (deaf) {
            LockSupport.parkNanos(1_000_000); // whoever interrupts it
        }
        throw new IllegalStateException("status is broken");
    }

    @Override
    public LlmCall open(LlmRequest request, CallLimits limits) {
        return switch (fault) {
            case THROWS_ON_OPEN -> throw new IllegalStateException("private words");
            case LINKAGE -> throw new NoClassDefFoundError("private words");
            case THROWS_ON_READ ->
                new Call(() -> {
                    throw new IllegalStateException("private words");
                });
            case ENDS_WITHOUT_DONE -> new Call(Collections::emptyIterator);
            case ENDLESS ->
                new Call(() -> new Iterator<>() {
                    private int pieces;

                    @Override
                    public boolean hasNext() {
                        return true;
                    }

                    @Override
                    public LlmEvent next() {
                        if (limits.outputChars() > 1_000 || ++pieces > 1_000) {
                            throw new IllegalStateException("private words");
                        }
                        return new LlmEvent.Text("abc");
                    }
                });
        };
    }

    @Override
    public void close() {}

    private final class Call implements LlmCall {

        private final Iterable<LlmEvent> events;

        private Call(Iterable<LlmEvent> events) {
            this.events = events;
        }

        @Override
        public Iterator<LlmEvent> iterator() {
            return events.iterator();
        }

        @Override
        public LlmResponse await() {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletableFuture<LlmResponse> future() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void subscribe(Flow.Subscriber<? super LlmEvent> subscriber) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void close() {
            closedCalls.incrementAndGet();
        }
    }
}
