package ai.primespark.it.paths;

import ai.primespark.PrimeSpark;
import ai.primespark.SystemInfo;

/** Prints every provider that an instance finds, and whether the engine is a named module. */
public final class ProviderLister {

    private ProviderLister() {}

    public static void main(String[] args) {
        try (PrimeSpark spark = PrimeSpark.builder().build()) {
            Module engine = spark.getClass().getModule();
            System.out.println("engine module: " + (engine.isNamed() ? engine.getName() : "unnamed"));
            for (SystemInfo.Provider provider : spark.info().providers()) {
                System.out.println(provider.kind() + " " + provider.name()
                        + (provider.problem().isEmpty() ? "" : " problem: " + provider.problem()));
            }
            spark.memory().put("proof", "works");
            System.out.println(spark.memory().find("proof", String.class).orElse("lost"));
        }
    }
}
