package ai.primespark.llm.recall;

import ai.primespark.Zone;
import ai.primespark.llm.DocumentIndex;
import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.OutputFormat;
import ai.primespark.spi.BackendInfo;
import ai.primespark.spi.BackendStatus;
import ai.primespark.spi.CallLimits;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.LlmBackend;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.Settings;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Quotes stored documents instead of asking a model. */
final class RecallBackend implements LlmBackend {

    private static final Logger LOG = LoggerFactory.getLogger(RecallBackend.class);

    private enum State {
        NEW,
        STARTED,
        CLOSED
    }

    private final ProviderContext context;
    private final BackendInfo info;
    private final IndexPlace place;
    private final TextAnalysis analysis;
    private final RecallIndex index;
    private final int maxPassages;
    private final int maxAnswerChars;
    private final AtomicReference<State> state = new AtomicReference<>(State.NEW);
    private final Set<RecallCall> calls = ConcurrentHashMap.newKeySet();

    RecallBackend(ProviderContext context) {
        QuietLucene.prepare();
        Settings settings = context.settings();
        this.context = context;
        this.info = new BackendInfo(context.id(), RecallProvider.NAME, Zone.EDGE, "", true);
        this.place = settings.get(RecallProvider.IN_MEMORY)
                ? new IndexPlace(null)
                : new IndexPlace(settings.find(RecallProvider.PATH)
                        .map(path -> path.toAbsolutePath().normalize())
                        .orElseGet(() -> context.dataDirectory().resolve("index")));
        this.analysis = new TextAnalysis(settings.get(RecallProvider.LANGUAGE));
        this.maxPassages = Math.toIntExact(settings.get(RecallProvider.MAX_PASSAGES));
        this.maxAnswerChars = Math.toIntExact(settings.get(RecallProvider.MAX_ANSWER_CHARS));
        this.index = new RecallIndex(
                context.id(),
                analysis,
                settings.get(RecallProvider.MIN_COVERAGE),
                context.blocking(),
                settings.get(RecallProvider.WRITE_TIMEOUT));
    }

    @Override
    public void start() throws IOException {
        index.open(place);
        state.compareAndSet(State.NEW, State.STARTED);
        LOG.debug("{}: {} holds {} documents", info.id(), place, index.size());
    }

    @Override
    public BackendInfo info() {
        return info;
    }

    @Override
    public CompletionStage<BackendStatus> status(Deadline deadline) {
        try {
            checkOpen();
            index.size(); // finds out whether the index can be read
            return CompletableFuture.completedStage(new BackendStatus("", List.of()));
        } catch (LlmException e) {
            return CompletableFuture.failedStage(e);
        } catch (IllegalStateException e) { // closed meanwhile
            return CompletableFuture.failedStage(closed());
        }
    }

    @Override
    public LlmCall open(LlmRequest request, CallLimits limits) {
        RecallCall call = new RecallCall(info, limits, context, () -> answer(request), calls::remove);
        calls.add(call);
        if (state.get() == State.CLOSED) { // after the call was added, so that no call is missed
            call.close();
        }
        return call;
    }

    @Override
    public Optional<DocumentIndex> documents() {
        return Optional.of(index);
    }

    private RecallAnswer answer(LlmRequest request) {
        checkOpen();
        refuseWhatOnlyModelsCan(request);
        try {
            List<Hit> hits = index.find(Question.of(request.messages(), analysis), maxPassages);
            return hits.isEmpty() ? RecallAnswer.nothing(index.size() > 0) : RecallAnswer.of(hits, maxAnswerChars);
        } catch (IllegalStateException e) { // closed meanwhile
            throw closed();
        }
    }

    private void refuseWhatOnlyModelsCan(LlmRequest request) {
        if (!(request.format() instanceof OutputFormat.Plain)) {
            throw rejected("cannot answer in JSON");
        }
        if (!request.tools().isEmpty()) {
            throw rejected("cannot call tools");
        }
        if (request.messages().stream().anyMatch(message -> !message.images().isEmpty())) {
            throw rejected("cannot look at images");
        }
    }

    private LlmException rejected(String what) {
        return failure(
                LlmException.Kind.REJECTED,
                "backend '" + info.id() + "' quotes stored documents and " + what + "; this needs a model");
    }

    private void checkOpen() {
        if (state.get() != State.STARTED) {
            throw closed();
        }
    }

    private LlmException closed() {
        return failure(
                LlmException.Kind.UNREACHABLE,
                "backend '" + info.id() + "' is " + (state.get() == State.NEW ? "not started" : "closed"));
    }

    private LlmException failure(LlmException.Kind kind, String message) {
        return LlmException.builder(kind, info.id(), message).build();
    }

    @Override
    public void close() throws IOException {
        state.set(State.CLOSED);
        calls.forEach(RecallCall::close);
        try {
            index.close();
        } finally {
            analysis.close();
        }
    }

    @Override
    public String toString() {
        return "RecallBackend[" + info.id() + ", " + place + "]";
    }
}
