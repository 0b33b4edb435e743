package ai.primespark.llm.openai;

import ai.primespark.Secret;
import ai.primespark.Zone;
import ai.primespark.llm.EmbedRequest;
import ai.primespark.llm.Embeddings;
import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.llm.LlmRequest;
import ai.primespark.spi.BackendInfo;
import ai.primespark.spi.BackendStatus;
import ai.primespark.spi.CallLimits;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.LlmBackend;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.Settings;
import ai.primespark.spi.http.Futures;
import ai.primespark.spi.http.HttpLink;
import ai.primespark.spi.http.HttpLlmCall;
import ai.primespark.spi.http.OpenWork;
import java.net.URI;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** One server of the OpenAI protocol. */
final class OpenAiBackend implements LlmBackend {

    private static final Set<String> OURS = Set.of("authorization", "content-type");

    private final Parts parts;
    private final OpenAiEmbeddings embeddings;

    /** What the pieces of a backend share. */
    record Parts(
            BackendInfo info,
            HttpLink http,
            OpenAiErrors errors,
            OpenAiCatalog catalog,
            OpenAiPrivacy privacy,
            OpenAiRequests requests,
            Forms forms,
            OpenWork running,
            int maxLine,
            HttpLlmCall.Setup calls) {}

    OpenAiBackend(ProviderContext context, URI base, Zone zone) {
        Settings settings = context.settings();
        Secret key = settings.find(OpenAiProvider.API_KEY).orElse(null);
        HttpLink http = new HttpLink(context, "openai", base, zone, headers(settings));
        BackendInfo info = new BackendInfo(context.id(), "openai", zone, http.base(), false);
        OpenAiErrors errors = new OpenAiErrors(info, context.clock(), key);
        OpenAiCatalog catalog = new OpenAiCatalog(http, errors);
        OpenWork running = new OpenWork(() -> errors.of(Kind.CANCELLED, "was told to give up: this backend is closed")
                .build());
        this.parts = new Parts(
                info,
                http,
                errors,
                catalog,
                new OpenAiPrivacy(
                        info,
                        catalog,
                        errors,
                        settings.find(OpenAiProvider.DEFAULT_MODEL).orElse(null),
                        settings.find(OpenAiProvider.EMBEDDING_MODEL).orElse(null)),
                new OpenAiRequests(
                        errors,
                        settings.get(OpenAiProvider.REASONING),
                        settings.find(OpenAiProvider.MAX_TOKENS)
                                .map(Long::intValue)
                                .orElse(null)),
                new Forms(settings.get(OpenAiProvider.MAX_TOKENS_FIELD)),
                running,
                settings.get(OpenAiProvider.MAX_LINE_BYTES).intValue(),
                new HttpLlmCall.Setup(
                        info, OpenAiCall.PATH, errors.failures(), running, context.scheduler(), context.blocking()));
        this.embeddings = new OpenAiEmbeddings(parts);
    }

    private static Map<String, Secret> headers(Settings settings) {
        Map<String, Secret> headers = new HashMap<>();
        String keyHeader = settings.get(OpenAiProvider.API_KEY_HEADER);
        settings.find(OpenAiProvider.HEADERS).orElse(Map.of()).forEach((name, value) -> {
            if (OURS.contains(name.toLowerCase(Locale.ROOT)) || name.equalsIgnoreCase(keyHeader)) {
                throw new IllegalArgumentException(
                        "headers: '" + name + "' is set by this backend; a key belongs into api-key");
            }
            headers.put(name, Secret.of(value));
        });
        settings.find(OpenAiProvider.API_KEY).ifPresent(key -> {
            boolean bearer = keyHeader.equalsIgnoreCase("Authorization");
            headers.put(keyHeader, bearer ? Secret.of("Bearer " + key.reveal()) : key);
        });
        return headers;
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
        CompletableFuture<String> model = isClosed()
                ? closedFuture()
                : parts.privacy().chatModel(request.model().orElse(null), request.privacy(), limits.connect());
        HttpLink.Limits sending = new HttpLink.Limits(limits.connect(), limits.total());
        OpenAiCall call = new OpenAiCall(
                new OpenAiCall.Setup(
                        parts,
                        model,
                        form -> Futures.then(
                                model,
                                name -> parts.http().stream(
                                        OpenAiCall.PATH,
                                        parts.requests().chat(request, name, limits, form),
                                        sending,
                                        limits.total())),
                        OpenAiRequests.hidden(request)),
                parts.forms().first(),
                limits);
        parts.running().remember(call);
        return call;
    }

    @Override
    public CompletionStage<Embeddings> embed(EmbedRequest request, CallLimits limits) {
        return parts.running().track(isClosed() ? closedFuture() : embeddings.embed(request, limits));
    }

    private boolean isClosed() {
        return parts.running().isClosed();
    }

    private <T> CompletableFuture<T> closedFuture() {
        return CompletableFuture.failedFuture(parts.errors()
                .of(Kind.UNREACHABLE, "is not asked any more: this backend is closed")
                .build());
    }

    @Override
    public void close() {
        parts.running().close();
        parts.http().close();
    }

    @Override
    public String toString() {
        return "OpenAiBackend[" + info().id() + ", " + info().endpoint() + ", " + info().zone() + "]";
    }
}
