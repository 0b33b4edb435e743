package ai.primespark.it.llm;

import ai.primespark.testkit.FaultServer;
import java.util.Collections;
import java.util.Locale;

/** How the two protocols say things; texts are ASCII without control characters. */
public enum Dialect {
    OLLAMA {
        @Override
        public String type() {
            return "application/x-ndjson";
        }

        @Override
        public String text(String text) {
            return message("\"content\":\"" + escaped(text) + "\"", "");
        }

        @Override
        public String thinking(String text) {
            return message("\"content\":\"\",\"thinking\":\"" + text + "\"", "");
        }

        @Override
        public String remoteText(String text) {
            return message(
                    "\"content\":\"" + text + "\"",
                    "\"remote_model\":\"big\",\"remote_host\":\"https://ollama.com:443\",");
        }

        @Override
        public String toolCall(String name, String arguments) {
            return message(
                    "\"content\":\"\",\"tool_calls\":[{\"function\":{\"name\":\"" + name + "\",\"arguments\":"
                            + arguments + "}}]",
                    "");
        }

        @Override
        public String malformed(String word) {
            return message("\"content\":" + word, "");
        }

        @Override
        public String done(String reason) {
            return "{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,\"done_reason\":\""
                    + reason + "\",\"prompt_eval_count\":9,\"eval_count\":3,\"eval_duration\":4000}\n";
        }

        @Override
        public String calling() { // the protocol has no reason of its own for it
            return "stop";
        }

        @Override
        public String errorLine(String message) {
            return error(message) + "\n";
        }

        @Override
        public String error(String message) {
            return "{\"error\":\"" + message + "\"}";
        }

        @Override
        public String vectors(int count) {
            return "{\"model\":\"m\",\"embeddings\":[" + String.join(",", Collections.nCopies(count, "[0.6,0.8]"))
                    + "]}";
        }

        @Override
        public String lookup(String path) {
            return switch (path) {
                case "/api/tags" -> """
                    {"models":[{"name":"m:latest","model":"m:latest","digest":"d","size":1,
                      "capabilities":["completion","tools","embedding"]},
                     {"name":"stub:latest","size":1,"remote_model":"big","remote_host":"https://ollama.com:443"},
                     {"name":"big:120b-cloud","size":1}]}""";
                case "/api/ps" -> """
                    {"models":[{"name":"m:latest","size":1,"size_vram":1,"context_length":4096,
                      "expires_at":"2318-01-01T00:00:00Z"}]}""";
                default -> "{\"version\":\"0.33.0\"}";
            };
        }

        private String message(String fields, String more) {
            return "{\"model\":\"m\"," + more + "\"message\":{\"role\":\"assistant\"," + fields + "},\"done\":false}\n";
        }
    },

    OPENAI {
        @Override
        public String type() {
            return "text/event-stream";
        }

        @Override
        public String text(String text) {
            return delta("{\"content\":\"" + escaped(text) + "\"}", "null");
        }

        @Override
        public String thinking(String text) {
            return delta("{\"content\":null,\"reasoning_content\":\"" + text + "\"}", "null");
        }

        @Override
        public String remoteText(String text) { // the protocol has no word for it
            return text(text);
        }

        @Override
        public String toolCall(String name, String arguments) {
            return delta(
                    "{\"tool_calls\":[{\"index\":0,\"id\":\"c\",\"type\":\"function\",\"function\":{\"name\":\"" + name
                            + "\",\"arguments\":\"" + escaped(arguments) + "\"}}]}",
                    "null");
        }

        @Override
        public String malformed(String word) {
            return delta("{\"content\":" + word + "}", "null");
        }

        @Override
        public String done(String reason) {
            return delta("{}", "\"" + reason + "\"") + "data: [DONE]\n\n";
        }

        @Override
        public String calling() {
            return "tool_calls";
        }

        @Override
        public String errorLine(String message) {
            return "data: " + error(message) + "\n\n";
        }

        @Override
        public String error(String message) {
            return "{\"error\":{\"message\":\"" + message + "\",\"type\":\"some_error\",\"code\":null}}";
        }

        @Override
        public String vectors(int count) {
            return "{\"data\":[" + String.join(",", Collections.nCopies(count, "{\"embedding\":[0.6,0.8]}"))
                    + "],\"model\":\"m\"}";
        }

        @Override
        public String lookup(String path) {
            return "{\"data\":[{\"id\":\"m\",\"owned_by\":\"llamacpp\",\"meta\":{\"n_ctx\":4096}}]}";
        }

        private String delta(String delta, String reason) {
            return "data: {\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":" + delta + ",\"finish_reason\":"
                    + reason + "}]}\n\n";
        }
    };

    public abstract String type();

    public abstract String text(String text);

    public abstract String thinking(String text);

    /** Text that somebody else's machine gave, as far as the protocol can say so. */
    public abstract String remoteText(String text);

    public abstract String toolCall(String name, String arguments);

    public abstract String malformed(String word);

    public abstract String done(String reason);

    /** The reason with which an answer ends that asks for tools. */
    public abstract String calling();

    /** A failure in the middle of an answer. */
    public abstract String errorLine(String message);

    /** The body of an answer with an error status. */
    public abstract String error(String message);

    public abstract String vectors(int count);

    public abstract String lookup(String path);

    private static String escaped(String text) {
        return text.replace("\"", "\\\"");
    }

    /** A whole answer of some pieces. */
    public FaultServer.Script answer(String... pieces) {
        return exchange -> {
            exchange.headers(200, type());
            for (String piece : pieces) {
                exchange.piece(piece);
            }
            exchange.end();
        };
    }

    /** The type's name in a configuration. */
    public String provider() {
        return name().toLowerCase(Locale.ROOT);
    }
}
