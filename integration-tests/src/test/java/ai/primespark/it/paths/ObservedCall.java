package ai.primespark.it.paths;

import ai.primespark.PrimeSpark;
import ai.primespark.ProviderSpec;
import ai.primespark.llm.LlmOptions;
import ai.primespark.llm.LlmRequest;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import java.util.Map;

/** Prints what is observed of one call, and whether the engine is a named module. */
public final class ObservedCall {

    private ObservedCall() {}

    public static void main(String[] args) {
        ObservationRegistry registry = ObservationRegistry.create();
        registry.observationConfig().observationHandler(new ObservationHandler<>() {
            @Override
            public void onStop(Observation.Context context) {
                System.out.println("observed " + context.getName());
            }

            @Override
            public boolean supportsContext(Observation.Context context) {
                return true;
            }
        });
        LlmOptions options = LlmOptions.builder()
                .backends(ProviderSpec.of("phrasebook").id("book").with("phrases", Map.of("hello", "hi")))
                .build();
        try (PrimeSpark spark =
                PrimeSpark.builder().llm(options).observationRegistry(registry).build()) {
            System.out.println("engine module: " + spark.getClass().getModule().getName());
            System.out.println(
                    spark.llm().generate(LlmRequest.prompt("hello").build()).text());
        }
    }
}
