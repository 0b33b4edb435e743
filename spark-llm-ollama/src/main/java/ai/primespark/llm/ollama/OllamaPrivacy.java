package ai.primespark.llm.ollama;

import ai.primespark.Zone;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.ModelInfo;
import ai.primespark.llm.Privacy;
import ai.primespark.spi.BackendInfo;
import ai.primespark.spi.http.Futures;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Decides which model a request goes to, and refuses those through which a private request would leave: a server at the edge
 * passes calls to some models on to Ollama's cloud. A private request is sent only to a model that the server lists as its own.
 */
final class OllamaPrivacy {

    private final BackendInfo info;
    private final OllamaCatalog catalog;
    private final OllamaErrors errors;
    private final @Nullable String defaultModel;

    OllamaPrivacy(BackendInfo info, OllamaCatalog catalog, OllamaErrors errors, @Nullable String defaultModel) {
        this.info = info;
        this.catalog = catalog;
        this.errors = errors;
        this.defaultModel = defaultModel;
    }

    /** Whether a request must not leave this backend's machine. */
    boolean guards(Privacy privacy) {
        return info.zone() != Zone.CLOUD && privacy != Privacy.ANY;
    }

    /** The failure of a request that a machine elsewhere would answer, or began to answer. */
    LlmException.Builder breach(String how) {
        return errors.of(LlmException.Kind.PRIVACY, how + "; use a local model, or allow privacy any for this request");
    }

    /** The model that answers a question. */
    CompletableFuture<String> chatModel(@Nullable String asked, Privacy privacy, Duration connect) {
        return model(asked == null ? defaultModel : asked, "completion", privacy, connect);
    }

    /** The model that embeds. */
    CompletableFuture<String> embeddingModel(@Nullable String asked, Privacy privacy, Duration connect) {
        return model(asked, "embedding", privacy, connect);
    }

    private CompletableFuture<String> model(
            @Nullable String wanted, String capability, Privacy privacy, Duration connect) {
        if (!privacy.allows(info.zone())) {
            return CompletableFuture.failedFuture(
                    breach("is farther away than the request may travel").build());
        }
        if (wanted == null) {
            return Futures.map(catalog.models(false, connect), models -> first(models, capability));
        }
        if (!guards(privacy)) {
            return CompletableFuture.completedFuture(wanted);
        }
        if (OllamaNames.isCloud(wanted)) {
            return CompletableFuture.failedFuture(passesOn(wanted));
        }
        return Futures.then(
                catalog.models(false, connect),
                models -> find(models, wanted).isPresent()
                        ? CompletableFuture.completedFuture(own(models, wanted))
                        : Futures.map(catalog.models(true, connect), fresh -> own(fresh, wanted)));
    }

    /** A model of the server's own; never one that it passes on, because nobody asked for that. */
    private String first(List<OllamaCatalog.Listed> models, String capability) {
        return models.stream()
                .filter(model -> !model.info().remote() && model.can(capability))
                .map(model -> model.info().name())
                .findFirst()
                .orElseThrow(() -> errors.of(
                                LlmException.Kind.MODEL_NOT_FOUND,
                                "has no local model with the capability " + capability
                                        + ", and the request names none; run ollama pull there, or set default-model")
                        .build());
    }

    private String own(List<OllamaCatalog.Listed> models, String wanted) {
        ModelInfo model =
                find(models, wanted).orElseThrow(() -> errors.notFound(wanted).build());
        if (model.remote()) {
            throw passesOn(wanted);
        }
        return wanted;
    }

    private LlmException passesOn(String model) {
        return breach("passes calls to the model '" + OllamaErrors.clip(model) + "' on to somebody else's machine")
                .build();
    }

    private static Optional<ModelInfo> find(List<OllamaCatalog.Listed> models, String wanted) {
        String name = OllamaNames.canonical(wanted);
        return models.stream()
                .map(OllamaCatalog.Listed::info)
                .filter(model -> OllamaNames.canonical(model.name()).equals(name))
                .findFirst();
    }
}
