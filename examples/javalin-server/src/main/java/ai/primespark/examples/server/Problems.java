package ai.primespark.examples.server;

import ai.primespark.SparkException;
import ai.primespark.SubsystemUnavailableException;
import ai.primespark.agent.IdempotencyConflictException;
import ai.primespark.agent.QueueFullException;
import ai.primespark.agent.QueueUnavailableException;
import ai.primespark.agent.TaskException;
import ai.primespark.auth.AuthException;
import ai.primespark.llm.LlmException;
import ai.primespark.memory.ObjectConflictException;
import ai.primespark.memory.TierUnavailableException;
import ai.primespark.memory.UploadException;
import ai.primespark.memory.ValueTooLargeException;
import ai.primespark.vpn.VpnException;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import io.javalin.http.HttpStatus;
import java.util.List;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What each failure is over HTTP. */
final class Problems {

    private static final Logger LOG = LoggerFactory.getLogger(Problems.class);

    private Problems() {}

    static void register(RoutesConfig routes) {
        routes.exception(Exception.class, (e, ctx) -> of(e, ctx).answer(ctx));
        // Javalin looks for the class itself first, and it has a handler of its own for this one
        routes.exception(HttpResponseException.class, (e, ctx) -> of(e, ctx).answer(ctx));
    }

    static Problem of(Throwable failure, Context ctx) {
        if (failure instanceof Problem problem) {
            return problem;
        }
        if (failure instanceof LlmException e) {
            return llm(e);
        }
        if (failure instanceof TierUnavailableException e) {
            return new Problem(HttpStatus.SERVICE_UNAVAILABLE, "tier-unavailable", String.valueOf(e.getMessage()))
                    .with("tiers", e.tiers());
        }
        if (failure instanceof UploadException e) {
            return upload(e);
        }
        if (failure instanceof ValueTooLargeException) { // the message has the key
            return new Problem(
                    HttpStatus.CONTENT_TOO_LARGE,
                    "value-too-large",
                    "the value is larger than memory takes; store it as an object");
        }
        if (failure instanceof ObjectConflictException e) {
            return new Problem(HttpStatus.PRECONDITION_FAILED, "precondition-failed", String.valueOf(e.getMessage()));
        }
        if (failure instanceof TaskException e) {
            return task(e);
        }
        if (failure instanceof VpnException e) {
            return vpn(e);
        }
        if (failure instanceof SubsystemUnavailableException e) {
            return new Problem(HttpStatus.CONFLICT, "subsystem-unavailable", String.valueOf(e.getMessage()));
        }
        if (failure instanceof AuthException e) {
            return AuthProblems.of(e);
        }
        if (failure instanceof SparkException e) {
            return failed(e);
        }
        if (failure instanceof HttpResponseException e) {
            return http(e, ctx);
        }
        log(failure, ctx);
        return new Problem(
                HttpStatus.INTERNAL_SERVER_ERROR,
                "unexpected",
                "an unexpected failure; the log has it under request_id");
    }

    private static Problem failed(SparkException e) {
        HttpStatus status = e.retryable() ? HttpStatus.SERVICE_UNAVAILABLE : HttpStatus.INTERNAL_SERVER_ERROR;
        return new Problem(status, "failed", String.valueOf(e.getMessage()));
    }

    private static Problem upload(UploadException e) {
        HttpStatus status = switch (e.kind()) {
            case WRONG_OFFSET -> HttpStatus.CONFLICT;
            case BUSY -> HttpStatus.LOCKED;
            case TOO_LARGE -> HttpStatus.CONTENT_TOO_LARGE;
            case NO_SPACE -> HttpStatus.INSUFFICIENT_STORAGE;
            case TOO_MANY -> HttpStatus.TOO_MANY_REQUESTS;
            case GONE -> HttpStatus.NOT_FOUND;
        };
        return new Problem(
                status, "upload-" + Choices.name(e.kind()).replace('_', '-'), String.valueOf(e.getMessage()));
    }

    private static Problem vpn(VpnException e) {
        HttpStatus status = switch (e.kind()) {
            case TOOL_MISSING, NOT_PERMITTED, NO_INTERFACE, UNSUPPORTED, INVALID -> HttpStatus.CONFLICT;
            case FAILED -> HttpStatus.BAD_GATEWAY;
            case TIMEOUT -> HttpStatus.GATEWAY_TIMEOUT;
        };
        return new Problem(status, "vpn-" + Choices.name(e.kind()).replace('_', '-'), String.valueOf(e.getMessage()));
    }

    static Problem task(TaskException e) {
        String detail = String.valueOf(e.getMessage());
        if (e instanceof QueueFullException) {
            return new Problem(HttpStatus.TOO_MANY_REQUESTS, "queue-full", detail);
        }
        if (e instanceof QueueUnavailableException) {
            return new Problem(HttpStatus.SERVICE_UNAVAILABLE, "queue-unavailable", detail);
        }
        if (e instanceof IdempotencyConflictException conflict) {
            return new Problem(HttpStatus.CONFLICT, "idempotency-conflict", detail)
                    .with("task_id", conflict.existingTaskId());
        }
        return failed(e);
    }

    static Problem llm(LlmException e) {
        LlmException.Kind kind = kind(e);
        HttpStatus status = switch (kind) {
            case REJECTED -> HttpStatus.BAD_REQUEST;
            case PRIVACY -> HttpStatus.FORBIDDEN;
            case MODEL_NOT_FOUND -> HttpStatus.NOT_FOUND;
            case TIMEOUT -> HttpStatus.GATEWAY_TIMEOUT;
            case BUDGET -> HttpStatus.TOO_MANY_REQUESTS;
            case NO_BACKEND, UNREACHABLE, OVERLOADED, CANCELLED -> HttpStatus.SERVICE_UNAVAILABLE;
            case UNAUTHORIZED, SERVER_ERROR, RESET, TRUNCATED, PROTOCOL, INVALID_ANSWER, STEP_LIMIT ->
                HttpStatus.BAD_GATEWAY;
        };
        Problem problem = new Problem(
                        status, "llm-" + Choices.name(kind).replace('_', '-'), String.valueOf(e.getMessage()))
                .with("backend", e.backend());
        if (e.charsDelivered() > 0) {
            problem.with("chars_delivered", e.charsDelivered());
        }
        e.trace().ifPresent(trace -> problem.with("trace", trace));
        e.retryAfter()
                .ifPresent(wait -> problem.header(
                        "Retry-After", String.valueOf(wait.plusMillis(999).toSeconds())));
        return problem;
    }

    /** When all backends that were asked failed in one way, that way says more than "no backend was left". */
    private static LlmException.Kind kind(LlmException e) {
        List<LlmException.Kind> tried = e.trace().stream()
                .flatMap(trace -> trace.attempts().stream())
                .flatMap(attempt -> attempt.errorKind().stream())
                .distinct()
                .toList();
        return e.kind() == LlmException.Kind.NO_BACKEND && tried.size() == 1 ? tried.get(0) : e.kind();
    }

    /** Javalin's own refusals: no such path, wrong method, body too large. */
    private static Problem http(HttpResponseException e, Context ctx) {
        HttpStatus status = HttpStatus.Companion.forStatus(e.getStatus());
        String type = status.getMessage().toLowerCase(Locale.ROOT).replace(' ', '-');
        String detail = switch (status) {
            case NOT_FOUND -> "there is nothing at this path; /docs lists what there is";
            case METHOD_NOT_ALLOWED -> ctx.method() + " is not for this path; see the header Allow";
            case CONTENT_TOO_LARGE -> "the body is larger than this server takes";
            default -> String.valueOf(e.getMessage());
        };
        Problem problem = new Problem(status, type, detail);
        String allowed = e.getDetails().get("availableMethods");
        if (allowed != null) {
            problem.header("Allow", allowed);
        }
        return problem;
    }

    /** Messages of unknown exceptions may quote a prompt or a value, so only their class and place are logged. */
    private static void log(Throwable failure, Context ctx) {
        Throwable place = new Throwable(failure.getClass().getName());
        place.setStackTrace(failure.getStackTrace());
        LOG.error("Unexpected failure in request {}", RequestLog.id(ctx), place);
    }
}
