package ai.primespark.core.llm.observe;

import ai.primespark.event.SparkEvent;
import ai.primespark.event.SparkEvent.ModelChanged.Change;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.ModelInfo;
import ai.primespark.llm.ModelManager;
import ai.primespark.power.PowerProfile;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Tells what is done to the models of a backend, once it is done. Thread-safe. */
public final class ObservedModels implements ModelManager {

    private final ModelManager models;
    private final String backend;
    private final InstantSource clock;
    private final Consumer<SparkEvent> events;
    private final Supplier<PowerProfile> profile;

    /**
     * Makes one.
     *
     * @param models does the work
     * @param backend the backend's id
     * @param clock the wall clock
     * @param events gets what was done; must not block
     * @param profile how sparing to be now; must be fast
     */
    public ObservedModels(
            ModelManager models,
            String backend,
            InstantSource clock,
            Consumer<SparkEvent> events,
            Supplier<PowerProfile> profile) {
        this.models = models;
        this.backend = backend;
        this.clock = clock;
        this.events = events;
        this.profile = profile;
    }

    @Override
    public ModelInfo show(String model) {
        return models.show(model);
    }

    @Override
    public void pull(String model, Consumer<Progress> progress) {
        models.pull(model, progress);
        tell(model, Change.PULLED);
    }

    @Override
    public void warmUp(String model, Duration keep) {
        PowerProfile now = profile.get();
        if (now != PowerProfile.FULL) {
            throw LlmException.builder(
                            LlmException.Kind.OVERLOADED,
                            backend,
                            "model '" + model + "' is not loaded ahead while the power profile is " + now
                                    + "; a call loads it, or try again on mains")
                    .build();
        }
        models.warmUp(model, keep);
        tell(model, Change.LOADED);
    }

    @Override
    public void unload(String model) {
        models.unload(model);
        tell(model, Change.UNLOADED);
    }

    private void tell(String model, Change change) {
        events.accept(new SparkEvent.ModelChanged(clock.instant(), backend, model, change));
    }
}
