package ai.primespark.testkit;

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
import java.net.URI;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.stream.StreamSupport;

/** Backends that break one rule each. */
final class BrokenBackends {

    private BrokenBackends() {}

    /** A contract around a backend that is right; subclasses spoil it. */
    static class Right extends LlmBackendContract {

        @Override
        protected LlmBackend newBackend(TestContext context) {
            return new Wrapper(new ScriptedLlmBackend(context.id(), Zone.EDGE), this);
        }

        LlmCall spoil(LlmCall call, LlmRequest request) {
            return call;
        }

        CallLimits spoil(CallLimits limits) {
            return limits;
        }

        @Override
        protected LlmRequest answerable() {
            return LlmRequest.prompt("hello").build();
        }

        @Override
        protected Duration patience() {
            return Duration.ofSeconds(5);
        }
    }

    /** Right as well: says something, takes it back, and begins again, as a router does. */
    static class BeginsAgain extends Right {
        @Override
        protected LlmBackend newBackend(TestContext context) {
            ScriptedLlmBackend scripted = new ScriptedLlmBackend(context.id(), Zone.EDGE);
            return new Wrapper(scripted, this) {
                @Override
                public LlmCall open(LlmRequest request, CallLimits limits) {
                    return new Restarting(super.open(request, limits), info(), limits, context);
                }
            };
        }
    }

    static class EndsWithoutTerminal extends Right {
        @Override
        LlmCall spoil(LlmCall call, LlmRequest request) {
            return new CallWrapper(call) {
                @Override
                public Iterator<LlmEvent> iterator() {
                    Iterable<LlmEvent> all = super::iterator;
                    return StreamSupport.stream(all.spliterator(), false)
                            .takeWhile(event -> !(event instanceof LlmEvent.Done))
                            .iterator();
                }
            };
        }
    }

    static class NeverEnds extends Right {
        @Override
        LlmCall spoil(LlmCall call, LlmRequest request) {
            return new CallWrapper(call) {
                @Override
                public CompletableFuture<LlmResponse> future() {
                    return new CompletableFuture<>();
                }
            };
        }
    }

    static class IgnoresCancel extends Right {
        @Override
        LlmCall spoil(LlmCall call, LlmRequest request) {
            return new CallWrapper(call) {
                @Override
                public void close() {
                    // goes on
                }
            };
        }
    }

    static class PrintsThePrompt extends Right {
        @Override
        LlmCall spoil(LlmCall call, LlmRequest request) {
            return new CallWrapper(call) {
                @Override
                public String toString() {
                    return "call for " + request.messages().get(0).content();
                }
            };
        }
    }

    static class PrintsTheAnswer extends Right {
        @Override
        LlmCall spoil(LlmCall call, LlmRequest request) {
            return new CallWrapper(call) {
                private volatile String answer = "";

                @Override
                public LlmResponse await() {
                    LlmResponse response = super.await();
                    answer = response.text();
                    return response;
                }

                @Override
                public String toString() {
                    return "call answered " + answer;
                }
            };
        }
    }

    static class IgnoresOutputLimit extends Right {
        @Override
        CallLimits spoil(CallLimits limits) {
            return CallLimits.DEFAULT;
        }
    }

    /** Its open throws once the backend is closed, instead of giving a call that fails. */
    static class ThrowsFromOpen extends Right {
        @Override
        protected LlmBackend newBackend(TestContext context) {
            return new Wrapper(new ScriptedLlmBackend(context.id(), Zone.EDGE), this) {
                private volatile boolean closed;

                @Override
                public LlmCall open(LlmRequest request, CallLimits limits) {
                    if (closed) {
                        throw new IllegalStateException("closed");
                    }
                    return super.open(request, limits);
                }

                @Override
                public void close() throws Exception {
                    closed = true;
                    super.close();
                }
            };
        }
    }

    static class NeverTellsItsStatus extends Right {
        @Override
        protected LlmBackend newBackend(TestContext context) {
            return new Wrapper(new ScriptedLlmBackend(context.id(), Zone.EDGE), this) {
                @Override
                public CompletionStage<BackendStatus> status(Deadline deadline) {
                    return new CompletableFuture<>();
                }
            };
        }
    }

    /** Gives every call another answer. */
    static class MixesAnswers extends Right {
        @Override
        protected LlmBackend newBackend(TestContext context) {
            ScriptedLlmBackend scripted = new ScriptedLlmBackend(context.id(), Zone.EDGE);
            return new Wrapper(scripted, this) {
                private int calls;

                @Override
                public synchronized LlmCall open(LlmRequest request, CallLimits limits) {
                    scripted.always(LlmScript.text("answer ", "number ", String.valueOf(calls++)));
                    return super.open(request, limits);
                }
            };
        }
    }

    /** Goes on with answers, as it should. */
    static class Resumes extends Right {
        @Override
        protected LlmBackend newBackend(TestContext context) {
            ScriptedLlmBackend scripted = new ScriptedLlmBackend(context.id(), Zone.EDGE);
            scripted.resumable(true);
            return new Wrapper(scripted, this) {
                @Override
                public Optional<LlmCall> resume(LlmRequest request, String textSoFar, CallLimits limits) {
                    return resumed(scripted, request, textSoFar, limits);
                }
            };
        }

        Optional<LlmCall> resumed(ScriptedLlmBackend backend, LlmRequest request, String textSoFar, CallLimits limits) {
            return backend.resume(request, textSoFar, limits);
        }
    }

    /** Says that it goes on, and begins again. */
    static class RepeatsTheText extends Resumes {
        @Override
        Optional<LlmCall> resumed(ScriptedLlmBackend backend, LlmRequest request, String textSoFar, CallLimits limits) {
            return Optional.of(backend.open(request, limits));
        }
    }

    /** Cannot go on, and says so in a way that would end the whole call. */
    static class RefusesToGoOnWrongly extends Resumes {
        @Override
        Optional<LlmCall> resumed(ScriptedLlmBackend backend, LlmRequest request, String textSoFar, CallLimits limits) {
            backend.next(LlmScript.text(textSoFar).thenFail(LlmException.Kind.PRIVACY));
            return backend.resume(request, textSoFar, limits);
        }
    }

    /** A contract around the HTTP backend with faults. */
    abstract static class Lines extends HttpLlmBackendContract {

        private final Set<LineBackend.Fault> faults;

        Lines(LineBackend.Fault... faults) {
            this.faults = EnumSet.noneOf(LineBackend.Fault.class);
            this.faults.addAll(Set.of(faults));
        }

        @Override
        protected LlmBackend newBackend(TestContext context, URI server) {
            return new LineBackend(
                    context.with(new LineBackendProvider(), Map.of("url", server, "token", SECRET)), faults);
        }

        @Override
        protected WireFormat wire() {
            return new LineWire();
        }

        @Override
        protected Duration patience() {
            return Duration.ofSeconds(5);
        }
    }

    static class TakesTheEndForDone extends Lines {
        TakesTheEndForDone() {
            super(LineBackend.Fault.END_IS_DONE);
        }
    }

    static class KeepsItsConnection extends Lines {
        KeepsItsConnection() {
            super(LineBackend.Fault.KEEPS_CONNECTION);
        }
    }

    static class ReadsEndlessLines extends Lines {
        ReadsEndlessLines() {
            super(LineBackend.Fault.ENDLESS_LINES);
        }
    }

    static class TearsCharacters extends Lines {
        TearsCharacters() {
            super(LineBackend.Fault.TEARS_CHARACTERS);
        }
    }

    static class QuotesLines extends Lines {
        QuotesLines() {
            super(LineBackend.Fault.QUOTES_LINES);
        }
    }

    static class TriesTwice extends Lines {
        TriesTwice() {
            super(LineBackend.Fault.RETRIES);
        }
    }

    static class OneLimitForAll extends Lines {
        OneLimitForAll() {
            super(LineBackend.Fault.ONE_LIMIT_FOR_ALL);
        }
    }

    static class DeliversAnyEncoding extends Lines {
        DeliversAnyEncoding() {
            super(LineBackend.Fault.DELIVERS_ANY_ENCODING);
        }
    }

    static class WaitsInOpen extends Lines {
        WaitsInOpen() {
            super(LineBackend.Fault.WAITS_IN_OPEN);
        }
    }

    /** Passes everything on, calls through {@link Right#spoil}. */
    static class Wrapper implements LlmBackend {

        private final LlmBackend backend;
        private final Right spoiler;

        Wrapper(LlmBackend backend, Right spoiler) {
            this.backend = backend;
            this.spoiler = spoiler;
        }

        @Override
        public BackendInfo info() {
            return backend.info();
        }

        @Override
        public CompletionStage<BackendStatus> status(Deadline deadline) {
            return backend.status(deadline);
        }

        @Override
        public LlmCall open(LlmRequest request, CallLimits limits) {
            return spoiler.spoil(backend.open(request, spoiler.spoil(limits)), request);
        }

        @Override
        public void close() throws Exception {
            backend.close();
        }
    }

    /** Passes everything on. */
    static class CallWrapper implements LlmCall {

        private final LlmCall call;

        CallWrapper(LlmCall call) {
            this.call = call;
        }

        @Override
        public Iterator<LlmEvent> iterator() {
            return call.iterator();
        }

        @Override
        public LlmResponse await() {
            return call.await();
        }

        @Override
        public CompletableFuture<LlmResponse> future() {
            return call.future();
        }

        @Override
        public void subscribe(Flow.Subscriber<? super LlmEvent> subscriber) {
            call.subscribe(subscriber);
        }

        @Override
        public void close() {
            call.close();
        }
    }
}
