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
import ai.primespark.spi.http.BodyStream;
import ai.primespark.spi.http.Futures;
import ai.primespark.spi.http.HttpLink;
import ai.primespark.spi.http.HttpLlmCall;
import ai.primespark.spi.http.OpenWork;
import java.net.URI;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** One Ollama server. */
final class OllamaBackend implements LlmBackend {

    private final Parts parts;
    private final OllamaEmbeddings embeddings;
    private final OllamaModels models;

    /** What the pieces of a backend share. */
    record Parts(
            BackendInfo info,
            HttpLink http,
            OllamaErrors errors,
            OllamaCatalog catalog,
            OllamaPrivacy privacy,
            OllamaRequests requests,
            OpenWork running,
            int maxLine,
            HttpLlmCall.Setup calls) {}

    OllamaBackend(ProviderContext context, URI url, Zone zone) {
        Settings settings = context.settings();
        Secret token = settings.find(OllamaProvider.TOKEN).orElse(null);
        Map<String, Secret> headers =
                token == null ? Map.of() : Map.of("Authorization", Secret.of("Bearer " + token.reveal()));
        HttpLink http = new HttpLink(context, "ollama", url, zone, headers);
        BackendInfo info = new BackendInfo(context.id(), "ollama", zone, http.base(), false);
        OllamaErrors errors = new OllamaErrors(info, context.clock(), token);
        OllamaCatalog catalog = new OllamaCatalog(http, errors);
        OpenWork running =
                new OpenWork(() -> errors.of(LlmException.Kind.CANCELLED, "was told to give up: this backend is closed")
                        .build());
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
                running,
                settings.get(OllamaProvider.MAX_LINE_BYTES).intValue(),
                new HttpLlmCall.Setup(
                        info, OllamaCall.PATH, errors.failures(), running, context.scheduler(), context.blocking()));
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
                .track(isClosed() ? closedFuture() : parts.catalog().status(deadline));
    }

    @Override
    public LlmCall open(LlmRequest request, CallLimits limits) {
        CompletableFuture<String> model = isClosed()
                ? closedFuture()
                : parts.privacy().chatModel(request.model().orElse(null), request.privacy(), limits.connect());
        OllamaCall call = new OllamaCall(
                new OllamaCall.Setup(
                        parts,
                        model,
                        send(model, request, limits),
                        OllamaRequests.hidden(request),
                        parts.privacy().guards(request.privacy())),
                limits);
        parts.running().remember(call);
        return call;
    }

    private CompletableFuture<HttpResponse<BodyStream>> send(
            CompletableFuture<String> model, LlmRequest request, CallLimits limits) {
        HttpLink.Limits sending = new HttpLink.Limits(limits.connect(), limits.total());
        return Futures.then(
                model,
                name -> parts.http().stream(
                        OllamaCall.PATH, parts.requests().chat(request, name, limits), sending, limits.total()));
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
