package ai.primespark.llm.openai;

import ai.primespark.Secret;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.spi.BackendInfo;
import ai.primespark.spi.http.HttpFailures;
import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpHeaders;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Turns what goes wrong into {@link LlmException}s that say where it happened and what to do, and repeat nothing private. */
final class OpenAiErrors {

    private static final String IS_IT = "is this a server of the OpenAI protocol, and is the url right?";

    private final HttpFailures failures;

    OpenAiErrors(BackendInfo info, InstantSource clock, @Nullable Secret key) {
        this.failures = new HttpFailures(
                "server",
                "is it running there, and is the url right?",
                info,
                clock,
                key == null ? List.of() : List.of(key));
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
                Kind.MODEL_NOT_FOUND,
                "does not have the model '" + HttpFailures.clip(model)
                        + "'; load it there, or give its name there as an alias");
    }

    /** What a body says of a failure. */
    static ServerError read(byte[] body) {
        JsonNode json = Json.value(body);
        return json == null ? ServerError.NONE : ServerError.of(json);
    }

    /** The server answered with an HTTP status other than 200. Nothing of what is hidden is repeated. */
    LlmException status(
            int status, HttpHeaders headers, ServerError error, String path, String model, List<String> hidden) {
        String where = "answered " + path + " with status " + status + failures.said(error.message(), hidden);
        if (error.missesModel() && (status == 400 || status == 404 || status == 422)) {
            return notFound(model).build();
        }
        return switch (status) {
            case 404, 405 -> of(Kind.PROTOCOL, where + "; " + IS_IT).build();
            case 429, 503, 529 ->
                error.exhaustsQuota()
                        ? of(Kind.UNAUTHORIZED, where + "; the quota is used up, so waiting does not help")
                                .build()
                        : of(Kind.OVERLOADED, where + "; try again later")
                                .retryAfter(retryAfter(headers))
                                .build();
            default ->
                status >= 400
                        ? of(kind(status), where + remedy(status, error)).build()
                        : of(Kind.PROTOCOL, where + "; " + IS_IT + " Redirects are not followed")
                                .build();
        };
    }

    /** What a status means that can only be about the request or the server. */
    private static Kind kind(int status) {
        return switch (status) {
            case 401, 402, 403, 407 -> Kind.UNAUTHORIZED;
            case 408 -> Kind.TIMEOUT;
            case 429, 503, 529 -> Kind.OVERLOADED;
            default -> status >= 400 && status < 500 ? Kind.REJECTED : Kind.SERVER_ERROR;
        };
    }

    private static String remedy(int status, ServerError error) {
        if (error.overflowsContext()) {
            return "; the conversation is too long for the model: shorten it, or load the model with a larger context";
        }
        return switch (status) {
            case 400, 413, 422 -> "; the request does not suit the model or the server";
            case 401, 403 -> "; check the setting api-key";
            case 402 -> "; the account has no credit left";
            case 408 -> "; the server gave up waiting";
            default -> status >= 500 ? "; see the server's log" : "";
        };
    }

    /**
     * The server reported an error in the middle of an answer.
     *
     * @param said its words, fit to be shown, or empty
     */
    LlmException.Builder midStream(ServerError error, String said) {
        Kind kind = error.exhaustsQuota() ? Kind.UNAUTHORIZED : kind(error.status());
        return of(
                kind,
                "reported an error in its answer" + said
                        + (kind == Kind.SERVER_ERROR ? "; see the server's log" : remedy(error.status(), error)));
    }

    /** In seconds or as a date, or as OpenAI puts it in milliseconds. */
    private @Nullable Duration retryAfter(HttpHeaders headers) {
        Optional<String> millis = headers.firstValue("retry-after-ms").filter(text -> text.matches("\\d{1,9}"));
        return millis.isPresent() ? Duration.ofMillis(Long.parseLong(millis.get())) : failures.retryAfter(headers);
    }

    /** The server sent something else than the protocol has, before it sent anything that it has. */
    LlmException.Builder stranger() {
        return of(Kind.PROTOCOL, "sent no answer; " + IS_IT);
    }
}
