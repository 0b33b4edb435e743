package ai.primespark.llm.openai;

import ai.primespark.Zone;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.llm.ModelInfo;
import ai.primespark.llm.Privacy;
import ai.primespark.spi.BackendInfo;
import ai.primespark.spi.http.Futures;
import ai.primespark.spi.http.HttpFailures;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Decides which model a request goes to, and refuses requests that may not travel there. */
final class OpenAiPrivacy {

    private final BackendInfo info;
    private final OpenAiCatalog catalog;
    private final OpenAiErrors errors;
    private final @Nullable String chatModel;
    private final @Nullable String embeddingModel;

    OpenAiPrivacy(
            BackendInfo info,
            OpenAiCatalog catalog,
            OpenAiErrors errors,
            @Nullable String chatModel,
            @Nullable String embeddingModel) {
        this.info = info;
        this.catalog = catalog;
        this.errors = errors;
        this.chatModel = chatModel;
        this.embeddingModel = embeddingModel;
    }

    /** The model that answers a question. */
    CompletableFuture<String> chatModel(@Nullable String asked, Privacy privacy, Duration connect) {
        return model(asked == null ? chatModel : asked, "default-model", OpenAiCatalog::chats, privacy, connect);
    }

    /** The model that embeds. */
    CompletableFuture<String> embeddingModel(@Nullable String asked, Privacy privacy, Duration connect) {
        return model(
                asked == null ? embeddingModel : asked, "embedding-model", OpenAiCatalog::embeds, privacy, connect);
    }

    private CompletableFuture<String> model(
            @Nullable String wanted, String setting, Predicate<String> fit, Privacy privacy, Duration connect) {
        if (!privacy.allows(info.zone())) {
            return CompletableFuture.failedFuture(
                    breach("is farther away than the request may travel").build());
        }
        if (wanted != null) {
            return info.zone() != Zone.CLOUD && privacy != Privacy.ANY && OpenAiCatalog.isCloud(wanted)
                    ? CompletableFuture.failedFuture(breach("passes calls to the model '" + HttpFailures.clip(wanted)
                                    + "' on to somebody else's machine")
                            .build())
                    : CompletableFuture.completedFuture(wanted);
        }
        if (info.zone() == Zone.CLOUD) { // choosing from a price list is not ours to do
            return CompletableFuture.failedFuture(unnamed(setting, "is not asked without a model's name"));
        }
        return Futures.map(catalog.models(connect), models -> first(models, setting, fit));
    }

    private String first(List<ModelInfo> models, String setting, Predicate<String> fit) {
        List<String> own = models.stream()
                .filter(model -> !model.remote())
                .map(ModelInfo::name)
                .toList();
        if (own.size() == 1) { // a server with one model has it for what it is asked
            return own.get(0);
        }
        return own.stream().filter(fit).findFirst().orElseThrow(() -> unnamed(setting, "lists no model that would do"));
    }

    private LlmException unnamed(String setting, String what) {
        return errors.of(Kind.MODEL_NOT_FOUND, what + ", and the request names none; set " + setting)
                .build();
    }

    private LlmException.Builder breach(String how) {
        return errors.of(Kind.PRIVACY, how + "; use a local model, or allow privacy any for this request");
    }
}
