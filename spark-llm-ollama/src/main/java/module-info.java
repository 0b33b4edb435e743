import org.jspecify.annotations.NullMarked;

/** LLM backend for Ollama servers. */
@NullMarked
module ai.primespark.llm.ollama {
    requires transitive ai.primespark.api;
    requires com.fasterxml.jackson.databind;
    requires static org.jspecify;

    exports ai.primespark.llm.ollama;

    provides ai.primespark.spi.LlmBackendProvider with
            ai.primespark.llm.ollama.OllamaProvider;
}
