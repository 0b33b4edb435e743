package ai.primespark.core.llm;

import ai.primespark.llm.LlmResponse;
import ai.primespark.llm.Privacy;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tells whether the model that gave an answer is the one that would be asked today: aliases change, models are pulled anew under
 * their old names, and machines that share a store need not have the same ones. Thread-safe; takes no lock and asks nobody.
 */
final class ModelIdentity {

    /** What is known about the model of an answer. */
    enum Standing {
        /** It would be asked today, as far as anybody says what it is. */
        CURRENT,
        /** Its name is right, but the server has not said yet whether it is still the same. */
        UNSURE,
        /** Another one would be asked. */
        REPLACED
    }

    private final List<BackendHandle> backends;
    private final ModelNames models;

    ModelIdentity(List<BackendHandle> backends, ModelNames models) {
        this.backends = List.copyOf(backends);
        this.models = models;
    }

    /** The name by which a backend is asked for a model; empty for its default, or when there is no such backend. */
    String asked(String backend, String logicalModel) {
        return find(backend) == null ? "" : models.on(backend, logicalModel);
    }

    /** What a backend said of a model's content; empty when it has not said. */
    String digest(String backend, String model) {
        BackendHandle handle = find(backend);
        return handle == null ? "" : handle.knowledge().digest(model, System.nanoTime());
    }

    /** Whether it is known that a model was replaced since it gave an answer to this process. */
    boolean isReplaced(KeptAnswer kept) {
        return isReplaced(kept.answer(), kept.digest());
    }

    /** The same for an answer and the digest of the model that gave it; empty when that was not known. */
    boolean isReplaced(LlmResponse answer, String digest) {
        if (digest.isEmpty()) {
            return false;
        }
        String now = digest(answer.backend(), answer.model());
        return !now.isEmpty() && !now.equals(digest);
    }

    /**
     * What is known about the model of an answer that may be another process's.
     *
     * @param kept the answer
     * @param logicalModel what is asked for now
     * @param privacy how far it may travel
     */
    Standing of(KeptAnswer kept, String logicalModel, Privacy privacy) {
        BackendHandle same = maker(kept);
        return same == null ? elsewhere(kept, logicalModel, privacy) : there(same, kept, logicalModel);
    }

    /** Whether the backend that gave an answer is about to say what its model is. */
    boolean isAwaited(KeptAnswer kept) {
        BackendHandle same = maker(kept);
        return same != null
                && !kept.digest().isEmpty()
                && !kept.asked().isEmpty()
                && !same.knowledge().hasStatus(System.nanoTime());
    }

    private @Nullable BackendHandle maker(KeptAnswer kept) {
        BackendHandle handle = find(kept.answer().backend());
        return handle != null && handle.zone() == kept.answer().zone() ? handle : null;
    }

    private Standing there(BackendHandle backend, KeptAnswer kept, String logicalModel) {
        String asks = models.on(backend.id(), logicalModel);
        if (!RateBook.key(asks).equals(RateBook.key(kept.asked()))) {
            return Standing.REPLACED;
        }
        LlmResponse answer = kept.answer();
        String usual = backend.knowledge().key("");
        if (asks.isEmpty() && !usual.isEmpty() && !usual.equals(RateBook.key(answer.model()))) {
            return Standing.REPLACED;
        }
        String now = kept.digest().isEmpty() ? "" : backend.knowledge().digest(answer.model(), System.nanoTime());
        if (!now.isEmpty() && !now.equals(kept.digest())) {
            return Standing.REPLACED;
        }
        boolean named = !asks.isEmpty() || !usual.isEmpty(); // a default that nobody has seen may be another today
        return named && (kept.digest().isEmpty() || !now.isEmpty()) ? Standing.CURRENT : Standing.UNSURE;
    }

    /** An answer of a backend that is not known here, but of a model that may be. */
    private Standing elsewhere(KeptAnswer kept, String logicalModel, Privacy privacy) {
        String made = RateBook.key(kept.answer().model());
        Standing best = Standing.REPLACED;
        for (BackendHandle backend : backends) {
            if (backend.lastResort() || !privacy.allows(backend.zone())) {
                continue;
            }
            String model = backend.knowledge().key(models.on(backend.id(), logicalModel));
            String now = backend.knowledge().digest(model, System.nanoTime());
            if (!now.isEmpty() && now.equals(kept.digest())) {
                return Standing.CURRENT;
            }
            if (!model.isEmpty()
                    && model.equals(made)
                    && (now.isEmpty() || kept.digest().isEmpty())) {
                best = Standing.UNSURE;
            }
        }
        return best;
    }

    private @Nullable BackendHandle find(String id) {
        for (BackendHandle handle : backends) {
            if (handle.id().equals(id)) {
                return handle;
            }
        }
        return null;
    }
}
