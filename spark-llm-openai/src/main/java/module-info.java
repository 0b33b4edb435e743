import org.jspecify.annotations.NullMarked;

/** LLM backend for servers that speak the OpenAI protocol. */
@NullMarked
module ai.primespark.llm.openai {
    requires transitive ai.primespark.api;
    requires com.fasterxml.jackson.databind;
    requires static org.jspecify;

    exports ai.primespark.llm.openai;

    provides ai.primespark.spi.LlmBackendProvider with
            ai.primespark.llm.openai.OpenAiProvider;
}
