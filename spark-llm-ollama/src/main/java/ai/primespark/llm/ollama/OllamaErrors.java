package ai.primespark.llm.ollama;

import ai.primespark.Secret;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.spi.BackendInfo;
import ai.primespark.spi.http.HttpFailures;
import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpHeaders;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Turns what goes wrong into {@link LlmException}s that say where it happened and what to do, and repeat nothing private. */
final class OllamaErrors {

    /** How much of an error's body is looked at. */
    static final int MAX_BODY = HttpFailures.MAX_BODY;

    private final HttpFailures failures;

    OllamaErrors(BackendInfo info, InstantSource clock, @Nullable Secret token) {
        this.failures = new HttpFailures(
                "Ollama",
                "is it running there (ollama serve), and is the url right?",
                info,
                clock,
                token == null ? List.of() : List.of(token));
    }

    /** What is the same for every server. */
    HttpFailures failures() {
        return failures;
    }

    /** A failure with words of our own. */
    LlmException.Builder of(Kind kind, String what) {
        return failures.of(kind, what);
    }

    /** The server does not have a model. */
    LlmException.Builder notFound(String model) {
        return of(
                Kind.MODEL_NOT_FOUND, "does not have the model '" + clip(model) + "'; run: ollama pull " + clip(model));
    }

    /** A request did not get as far as an answer. */
    LlmException transport(Throwable problem, String path) {
        return failures.transport(problem, path);
    }

    /** The server answered with an HTTP status other than 200. Nothing of what is hidden is repeated. */
    LlmException status(int status, HttpHeaders headers, byte[] body, String path, String model, List<String> hidden) {
        JsonNode json = Json.object(body);
        String raw = json == null ? "" : json.path("error").asText("");
        String said = failures.said(raw, hidden);
        String where = "answered " + path + " with status " + status + said;
        return switch (status) {
            case 400, 405, 413, 422 ->
                of(Kind.REJECTED, where + "; the request does not suit the model or the server's version")
                        .build();
            case 401, 403 ->
                of(Kind.UNAUTHORIZED, where + "; check the setting token, or sign in with: ollama signin")
                        .build();
            case 404 ->
                raw.toLowerCase(Locale.ROOT).contains("model")
                        ? notFound(model).build()
                        : of(Kind.PROTOCOL, where + "; is this an Ollama server, and is the url without /api?")
                                .build();
            case 408 -> of(Kind.TIMEOUT, where).build();
            case 429, 503 ->
                of(Kind.OVERLOADED, where + "; try again later, or raise OLLAMA_MAX_QUEUE there")
                        .retryAfter(failures.retryAfter(headers))
                        .build();
            case 499 ->
                of(Kind.SERVER_ERROR, where + "; it gave up loading the model").build();
            default ->
                status >= 500
                        ? of(Kind.SERVER_ERROR, where + "; see the server's log")
                                .build()
                        : status >= 400
                                ? of(Kind.REJECTED, where).build()
                                : of(Kind.PROTOCOL, where + "; is this an Ollama server? Redirects are not followed")
                                        .build();
        };
    }

    /** The server reported an error in the middle of an answer; its words are fit to be shown, or empty. */
    LlmException.Builder midStream(String said) {
        return of(Kind.SERVER_ERROR, "reported an error in the middle of its answer" + said + "; see the server's log");
    }

    static String clip(String text) {
        return HttpFailures.clip(text);
    }
}
