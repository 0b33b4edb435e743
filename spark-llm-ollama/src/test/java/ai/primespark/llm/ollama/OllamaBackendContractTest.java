package ai.primespark.llm.ollama;

import ai.primespark.llm.FinishReason;
import ai.primespark.spi.LlmBackend;
import ai.primespark.testkit.HttpLlmBackendContract;
import ai.primespark.testkit.TestContext;
import ai.primespark.testkit.WireFormat;
import com.fasterxml.jackson.core.JsonProcessingException;
import java.net.URI;
import java.util.Locale;
import java.util.Map;

class OllamaBackendContractTest extends HttpLlmBackendContract {

    @Override
    protected LlmBackend newBackend(TestContext context, URI server) {
        OllamaProvider provider = new OllamaProvider();
        return provider.create(context.with(provider, Map.of("url", server, "token", SECRET)));
    }

    @Override
    protected WireFormat wire() {
        return new OllamaWire();
    }

    private static final class OllamaWire implements WireFormat {

        @Override
        public String callPath() {
            return "/api/chat";
        }

        @Override
        public String contentType() {
            return "application/x-ndjson";
        }

        @Override
        public String text(String text) {
            return message("\"content\":" + quoted(text));
        }

        @Override
        public String thinking(String text) {
            return message("\"content\":\"\",\"thinking\":" + quoted(text));
        }

        @Override
        public String toolCall(String name, String argumentsJson) {
            return message(
                    "\"content\":\"\",\"tool_calls\":[{\"id\":\"call_0a1b2c3d\",\"function\":{\"index\":0,\"name\":"
                            + quoted(name) + ",\"arguments\":" + argumentsJson + "}}]");
        }

        @Override
        public String done(FinishReason reason) {
            // Ollama says stop for tool calls, too
            String word =
                    reason == FinishReason.TOOL_CALLS ? "stop" : reason.name().toLowerCase(Locale.ROOT);
            return "{\"model\":\"test-model\",\"created_at\":\"2026-01-01T00:00:00Z\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},"
                    + "\"done\":true,\"done_reason\":\"" + word
                    + "\",\"total_duration\":5,\"eval_count\":3,\"eval_duration\":4}\n";
        }

        @Override
        public String errorMidStream(String message) {
            return "{\"error\":" + quoted(message) + "}\n";
        }

        @Override
        public String malformed(String word) {
            return "{\"message\":{\"role\":\"assistant\",\"content\":" + word + "},\"done\":false}\n";
        }

        @Override
        public String errorBody(int status, String message) {
            return "{\"error\":" + quoted(message) + "}";
        }

        @Override
        public String lookup(String path) {
            return switch (path) {
                case "/api/tags" ->
                    "{\"models\":[{\"name\":\"test-model:latest\",\"model\":\"test-model:latest\",\"digest\":\"00\","
                            + "\"size\":1,\"capabilities\":[\"completion\"]}]}";
                case "/api/ps" -> "{\"models\":[]}";
                case "/api/version" -> "{\"version\":\"0.33.0\"}";
                default -> "{}";
            };
        }

        private static String message(String fields) {
            return "{\"model\":\"test-model\",\"created_at\":\"2026-01-01T00:00:00Z\",\"message\":{\"role\":\"assistant\","
                    + fields + "},\"done\":false}\n";
        }

        private static String quoted(String text) {
            try {
                return Json.MAPPER.writeValueAsString(text);
            } catch (JsonProcessingException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
