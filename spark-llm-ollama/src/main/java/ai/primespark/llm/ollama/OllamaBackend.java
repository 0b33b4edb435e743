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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

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
            HttpLlmCall.Setup calls,
            HttpLlmCall.Setup resumed) {}

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
                setup(OllamaCall.PATH, info, errors, running, context),
                setup(OllamaResumption.PATH, info, errors, running, context));
        this.embeddings = new OllamaEmbeddings(parts);
        this.models = new OllamaModels(parts);
    }

    private static HttpLlmCall.Setup setup(
            String path, BackendInfo info, OllamaErrors errors, OpenWork running, ProviderContext context) {
        return new HttpLlmCall.Setup(info, path, errors.failures(), running, context.scheduler(), context.blocking());
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
        CompletableFuture<String> model = model(request, limits);
        CompletableFuture<HttpResponse<BodyStream>> answer = Futures.then(
                model, name -> send(OllamaCall.PATH, parts.requests().chat(request, name, limits), limits));
        return call(request, model, answer, OllamaRequests.hidden(request), null, limits);
    }

    @Override
    public Optional<LlmCall> resume(LlmRequest request, String textSoFar, CallLimits limits) {
        OllamaResumption state = new OllamaResumption(textSoFar);
        String obstacle = state.obstacle(request);
        CompletableFuture<String> model = obstacle == null
                ? Futures.then(model(request, limits), name -> resumable(request, name, limits))
                : CompletableFuture.failedFuture(OllamaResumption.refusal(parts.errors(), obstacle));
        CompletableFuture<HttpResponse<BodyStream>> prompt = Futures.then(
                model, name -> send(OllamaCall.PATH, parts.requests().render(request, name, limits), limits));
        List<String> hidden = new ArrayList<>(OllamaRequests.hidden(request));
        hidden.add(textSoFar);
        OllamaCall.Resumption resumption = new OllamaCall.Resumption(
                state,
                whole -> send(
                        OllamaResumption.PATH,
                        parts.requests().complete(request, model.join(), whole, limits),
                        limits));
        return Optional.of(call(request, model, prompt, hidden, resumption, limits));
    }

    private LlmCall call(
            LlmRequest request,
            CompletableFuture<String> model,
            CompletableFuture<HttpResponse<BodyStream>> answer,
            List<String> hidden,
            OllamaCall.@Nullable Resumption resumption,
            CallLimits limits) {
        boolean guarded = parts.privacy().guards(request.privacy());
        OllamaCall call =
                new OllamaCall(new OllamaCall.Setup(parts, model, answer, hidden, guarded, resumption), limits);
        parts.running().remember(call);
        return call;
    }

    private CompletableFuture<String> model(LlmRequest request, CallLimits limits) {
        return isClosed()
                ? closedFuture()
                : parts.privacy().chatModel(request.model().orElse(null), request.privacy(), limits.connect());
    }

    private CompletableFuture<String> resumable(LlmRequest request, String model, CallLimits limits) {
        return Futures.map(parts.catalog().models(false, limits.connect()), models -> {
            String obstacle = OllamaResumption.obstacle(request, model, models);
            if (obstacle != null) {
                throw OllamaResumption.refusal(parts.errors(), obstacle);
            }
            return model;
        });
    }

    private CompletableFuture<HttpResponse<BodyStream>> send(String path, byte[] body, CallLimits limits) {
        HttpLink.Limits sending = new HttpLink.Limits(limits.connect(), limits.total());
        return parts.http().stream(path, body, sending, limits.total());
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
