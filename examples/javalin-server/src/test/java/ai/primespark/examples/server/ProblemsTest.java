package ai.primespark.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.Zone;
import ai.primespark.agent.IdempotencyConflictException;
import ai.primespark.agent.QueueFullException;
import ai.primespark.agent.QueueUnavailableException;
import ai.primespark.agent.TaskException;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.RouteTrace;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProblemsTest {

    @ParameterizedTest
    @CsvSource({
        "REJECTED, 400", "PRIVACY, 403", "MODEL_NOT_FOUND, 404", "TIMEOUT, 504", "NO_BACKEND, 503", "UNREACHABLE, 503",
        "OVERLOADED, 503", "CANCELLED, 503", "UNAUTHORIZED, 502", "SERVER_ERROR, 502", "RESET, 502", "TRUNCATED, 502",
        "PROTOCOL, 502", "BUDGET, 429"
    })
    void everyKindOfFailureHasAStatus(LlmException.Kind kind, int status) {
        assertThat(Problems.llm(LlmException.builder(kind, "edge", "it failed").build())
                        .status()
                        .getCode())
                .isEqualTo(status);
    }

    @Test
    void oneCommonFailureSaysMoreThanNoBackend() {
        assertThat(Problems.llm(noBackend(LlmException.Kind.TIMEOUT, LlmException.Kind.TIMEOUT))
                        .status()
                        .getCode())
                .isEqualTo(504);
        assertThat(Problems.llm(noBackend(LlmException.Kind.TIMEOUT, LlmException.Kind.SERVER_ERROR))
                        .status()
                        .getCode())
                .isEqualTo(503);
    }

    @Test
    void whatTheQueueRefusesHasAStatus() {
        assertThat(Problems.task(new QueueFullException("full")).status().getCode())
                .isEqualTo(429);
        assertThat(Problems.task(new QueueUnavailableException("away", null))
                        .status()
                        .getCode())
                .isEqualTo(503);
        assertThat(Problems.task(new IdempotencyConflictException("t1"))
                        .status()
                        .getCode())
                .isEqualTo(409);
        assertThat(Problems.task(new TaskException("unreadable", false, null))
                        .status()
                        .getCode())
                .isEqualTo(500);
    }

    private static LlmException noBackend(LlmException.Kind... kinds) {
        List<RouteTrace.Attempt> attempts = Stream.of(kinds)
                .map(kind -> new RouteTrace.Attempt(
                        "edge",
                        Zone.EDGE,
                        "m",
                        "first",
                        RouteTrace.Outcome.FAILED,
                        kind,
                        "it failed",
                        Duration.ZERO,
                        null,
                        Duration.ofSeconds(1),
                        0))
                .toList();
        RouteTrace trace =
                new RouteTrace("1", "edge_first", attempts, List.of(), false, false, false, Duration.ofSeconds(2));
        return LlmException.builder(LlmException.Kind.NO_BACKEND, "router", "nobody")
                .trace(trace)
                .build();
    }
}
