import org.jspecify.annotations.NullMarked;

/** Contract tests and fakes for plugins and applications of Prime Spark; for test scope. */
@NullMarked
module ai.primespark.testkit {
    requires transitive ai.primespark.api;
    requires transitive org.assertj.core;
    requires transitive org.junit.jupiter.api;
    requires static org.jspecify;

    exports ai.primespark.testkit;

    // JUnit calls the contracts' methods, which are package-private so that nobody overrides a rule by accident
    opens ai.primespark.testkit to
            org.junit.platform.commons;

    uses ai.primespark.spi.LlmBackendProvider;
    uses ai.primespark.spi.MemoryTierProvider;
    uses ai.primespark.spi.PowerSourceProvider;
    uses ai.primespark.spi.RemoteAgentProvider;
    uses ai.primespark.spi.TaskQueueProvider;
    uses ai.primespark.spi.UserStoreProvider;
    uses ai.primespark.spi.VpnDriverProvider;
}
