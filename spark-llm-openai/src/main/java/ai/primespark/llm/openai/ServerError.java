package ai.primespark.llm.openai;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;

/**
 * What a server says of its failure. Servers agree on no form: OpenAI, llama.cpp and OpenRouter send {@code {"error":{…}}}, others
 * {@code {"error":"…"}}, {@code {"object":"error",…}}, FastAPI's {@code {"detail":…}}, or a list of one of these.
 *
 * @param message in words; empty when there are none. May quote the request
 * @param code the parts that are for programs, in lower case, with a space between them
 * @param status a status in the body, as an answer that had begun can have no other; 0 when there is none
 */
record ServerError(String message, String code, int status) {

    static final ServerError NONE = new ServerError("", "", 0);

    /** Reads a body; {@link #NONE} when it is no error in any form that is known. */
    static ServerError of(JsonNode body) {
        JsonNode root = body.isArray() && !body.isEmpty() ? body.get(0) : body;
        JsonNode error = root.path("error");
        if (error.isTextual()) {
            return new ServerError(error.asText(), code(root), status(root));
        }
        if (error.isObject()) {
            return new ServerError(error.path("message").asText(""), code(error), status(error));
        }
        if (root.path("detail").isTextual()) {
            return new ServerError(root.path("detail").asText(), code(root), status(root));
        }
        if (root.path("detail").isArray()) {
            StringBuilder all = new StringBuilder();
            for (JsonNode problem : root.path("detail")) {
                all.append(all.isEmpty() ? "" : "; ");
                problem.path("loc").forEach(step -> all.append(step.asText()).append(' '));
                all.append(problem.path("msg").asText(""));
            }
            return new ServerError(all.toString(), "", 0);
        }
        return root.path("message").isTextual()
                ? new ServerError(root.path("message").asText(), code(root), status(root))
                : NONE;
    }

    private static String code(JsonNode error) {
        return (error.path("code").asText("")
                        + ' '
                        + error.path("type").asText("")
                        + ' '
                        + error.path("param").asText(""))
                .strip()
                .toLowerCase(Locale.ROOT);
    }

    private static int status(JsonNode error) {
        int code = error.path("code").asInt(error.path("status").asInt(0));
        return code >= 400 && code < 600 ? code : 0;
    }

    private String words() {
        return message.toLowerCase(Locale.ROOT);
    }

    /** Whether it is about a model that is not there, in any of the usual words. */
    boolean missesModel() {
        String words = words();
        return code.contains("model_not_found")
                || words.contains("model")
                        && (words.contains("not found")
                                || words.contains("not exist")
                                || words.contains("not a valid model")
                                || words.contains("no such model")
                                || words.contains("unknown model")
                                || words.contains("no models loaded"))
                || words.startsWith("no endpoints found");
    }

    /** Whether the conversation does not fit into the model's window. */
    boolean overflowsContext() {
        String words = words();
        return code.contains("context_length")
                || code.contains("exceed_context_size")
                || words.contains("context length")
                || words.contains("context size")
                || words.contains("context window");
    }

    /** Whether no waiting helps, because money or a quota is used up. */
    boolean exhaustsQuota() {
        return code.contains("insufficient_quota") || code.contains("billing");
    }

    /** Whether the server does not want to be asked for the count of tokens. */
    boolean refusesUsage() {
        return (message + ' ' + code).contains("stream_options") || (message + ' ' + code).contains("include_usage");
    }

    /** Whether the server wants the newer name of the field that bounds an answer. */
    boolean wantsNewTokenField() {
        String words = words();
        return words.contains("max_completion_tokens")
                && (words.contains("instead") || words.contains("unsupported") || words.contains("not supported"));
    }

    @Override
    public String toString() { // may quote a prompt
        return "ServerError[" + message.length() + " chars, status=" + status + "]";
    }
}
