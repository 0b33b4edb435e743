import ai.primespark.examples.plugin.HeapTierProvider;
import ai.primespark.examples.plugin.PhrasebookProvider;
import ai.primespark.spi.LlmBackendProvider;
import ai.primespark.spi.MemoryTierProvider;

/** An example of a plugin. It exports nothing: its providers are found as services. */
module ai.primespark.examples.plugin {
    requires ai.primespark.api;
    requires static org.jspecify;

    provides MemoryTierProvider with
            HeapTierProvider;
    provides LlmBackendProvider with
            PhrasebookProvider;
}
