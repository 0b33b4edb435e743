package ai.primespark.llm.ollama;

import ai.primespark.Secret;
import ai.primespark.Zone;
import ai.primespark.llm.EmbedRequest;
import ai.primespark.llm.Embeddings;
import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.ModelManager;
import ai.primespark.spi.BackendInfo;
import ai.primespark.spi.BackendStatus;
import ai.primespark.spi.CallLimits;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.LlmBackend;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.Settings;
import java.net.URI;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** One Ollama server. */
final class OllamaBackend implements LlmBackend {

    private final Parts parts;
    private final OllamaEmbeddings embeddings;
    private final OllamaModels models;

    /** What the pieces of a backend share. */
    record Parts(
            BackendInfo info,
            OllamaHttp http,
            OllamaErrors errors,
            OllamaCatalog catalog,
            OllamaPrivacy privacy,
            OllamaRequests requests,
            OllamaRunning running,
            int maxLine,
            ExecutorService blocking,
            ScheduledExecutorService scheduler) {

        /** Closes a body after some time; at once when the engine is closing. */
        @SuppressWarnings("FutureReturnValueIgnored") // closing a body does not fail
        void closeSoon(BodyStream body, long time, TimeUnit unit) {
            try {
                scheduler.schedule(body::close, time, unit);
            } catch (RejectedExecutionException e) {
                body.close();
            }
        }
    }

    OllamaBackend(ProviderContext context, URI url, Zone zone) {
        Settings settings = context.settings();
        Secret token = settings.find(OllamaProvider.TOKEN).orElse(null);
        OllamaHttp http = new OllamaHttp(context, url, zone, token);
        BackendInfo info = new BackendInfo(context.id(), "ollama", zone, http.base(), false);
        OllamaErrors errors = new OllamaErrors(info, context.clock(), token);
        OllamaCatalog catalog = new OllamaCatalog(http, errors);
        this.parts = new Parts(
                info,
                http,
                errors,
                catalog,
                new OllamaPrivacy(
                        info,
                        catalog,
                        errors,
                        settings.find(OllamaProvider.DEFAULT_MODEL).orElse(null)),
                new OllamaRequests(
                        errors,
                        settings.find(OllamaProvider.KEEP_ALIVE).orElse(null),
                        settings.find(OllamaProvider.CONTEXT_TOKENS).orElse(0L).intValue()),
                new OllamaRunning(
                        () -> errors.of(LlmException.Kind.CANCELLED, "was told to give up: this backend is closed")
                                .build()),
                settings.get(OllamaProvider.MAX_LINE_BYTES).intValue(),
                context.blocking(),
                context.scheduler());
        this.embeddings = new OllamaEmbeddings(parts);
        this.models = new OllamaModels(parts);
    }

    @Override
    public BackendInfo info() {
        return parts.info();
    }

    @Override
    public CompletionStage<BackendStatus> status(Deadline deadline) {
        return parts.running()
                .track(isClosed() ? closedFuture() : parts.catalog().status(deadline.remaining()));
    }

    @Override
    public LlmCall open(LlmRequest request, CallLimits limits) {
        OllamaCall call = new OllamaCall(
                new OllamaCall.Setup(
                        parts,
                        isClosed() ? closedFuture() : send(request, limits),
                        OllamaRequests.hidden(request),
                        parts.privacy().guards(request.privacy()),
                        limits.outputChars()),
                limits);
        parts.running().remember(call);
        return call;
    }

    private CompletableFuture<OllamaCall.Answer> send(LlmRequest request, CallLimits limits) {
        OllamaHttp.Limits sending = new OllamaHttp.Limits(limits.connect(), limits.total());
        CompletableFuture<String> model =
                parts.privacy().chatModel(request.model().orElse(null), request.privacy(), limits.connect());
        return Futures.then(model, name -> {
            byte[] body = parts.requests().chat(request, name, limits);
            return Futures.map(
                    parts.http().stream(OllamaCall.PATH, body, sending, limits.total()),
                    response -> new OllamaCall.Answer(name, response));
        });
    }

    @Override
    public CompletionStage<Embeddings> embed(EmbedRequest request, CallLimits limits) {
        return parts.running().track(isClosed() ? closedFuture() : embeddings.embed(request, limits));
    }

    @Override
    public Optional<ModelManager> modelManager() {
        return Optional.of(models);
    }

    private boolean isClosed() {
        return parts.running().isClosed();
    }

    private <T> CompletableFuture<T> closedFuture() {
        return CompletableFuture.failedFuture(parts.errors()
                .of(LlmException.Kind.UNREACHABLE, "is not asked any more: this backend is closed")
                .build());
    }

    @Override
    public void close() {
        parts.running().close();
        parts.http().close();
    }

    @Override
    public String toString() {
        return "OllamaBackend[" + info().id() + ", " + info().endpoint() + ", " + info().zone() + "]";
    }
}
