package ai.primespark.examples.server;

import io.javalin.http.HttpStatus;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Failures as OpenAI's API tells them, for everything below {@code /v1/}: its clients choose their exception by the status, and show
 * {@code message}.
 *
 * @see <a href="https://platform.openai.com/docs/guides/error-codes">OpenAI's error codes</a>
 */
final class OpenAiErrors {

    /** Codes that OpenAI's clients know, by our problem types. */
    private static final Map<String, String> CODES = Map.of(
            "unauthorized", "invalid_api_key",
            "token-invalid", "invalid_api_key",
            "token-expired", "invalid_api_key",
            "token-revoked", "invalid_api_key",
            "llm-model-not-found", "model_not_found",
            "rate-limit", "rate_limit_exceeded",
            "llm-budget", "insufficient_quota");

    /** What is sent. */
    record Answer(Failure error) {}

    /**
     * A failure.
     *
     * @param param the field that is wrong, where one is
     * @param code for programs
     */
    record Failure(
            String message,
            String type,
            @Nullable String param,
            @Nullable String code) {}

    private OpenAiErrors() {}

    /** Whether the clients of a path expect this shape. */
    static boolean speaks(@Nullable String path) {
        return path != null && path.startsWith("/v1/");
    }

    static Answer body(HttpStatus status, String problem, String message, @Nullable String param) {
        return new Answer(
                new Failure(message, type(status), param, CODES.getOrDefault(problem, problem.replace('-', '_'))));
    }

    private static String type(HttpStatus status) {
        return switch (status) {
            case UNAUTHORIZED -> "authentication_error";
            case FORBIDDEN -> "permission_error";
            case TOO_MANY_REQUESTS -> "rate_limit_error";
            default -> status.getCode() >= 500 ? "server_error" : "invalid_request_error";
        };
    }
}
